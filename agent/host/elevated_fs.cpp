// SPDX-License-Identifier: Apache-2.0
#include "host/elevated_fs.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <string_view>

#include "util/sys/directory.hpp"
#include "util/sys/symlink.hpp"
#include "util/sys/tree_copy.hpp"
#include "util/text.hpp"
#include "util/worker/channel.hpp"
#include "util/worker/sandbox.hpp"
#include "util/worker/worker.hpp"

namespace gup {
namespace {

using nlohmann::json;

constexpr mode_t shared_mode = 0755;

enum class Change : std::uint8_t { create, make, share, remove_folder, link, unlink, sweep, exchange, rename };

struct EntryChange {
    Change change = Change::create;
    fs::path path;
    std::string other{};  // link: its text; exchange: the other path; rename: the old name
};

// What a message says when the change cannot be made, by Change.
constexpr std::array<std::string_view, 9> acts{"cannot create the folder",
                                               "cannot create the folder",
                                               "cannot create the folder",
                                               "cannot remove",
                                               "cannot switch",
                                               "cannot remove",
                                               "cannot remove the unfinished",
                                               "cannot exchange",
                                               "cannot make"};

bool acts_as_root_for(const Owner& owner) {
    return ::geteuid() == 0 && owner.uid != 0;
}

UniqueFd open_folder_itself(const fs::path& path) {
    return UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

// As root, nothing of another user's is replaced for an owner.
int check_owned(int folder, const char* name, const Owner& owner) {
    struct stat status {};
    if (::fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return errno == ENOENT ? 0 : errno;
    const bool fine = status.st_uid == owner.uid || (status.st_uid == 0 && S_ISLNK(status.st_mode));
    return !acts_as_root_for(owner) || fine ? 0 : EPERM;
}

// In a folder of somebody else's, an entry could be another one after each look at it. Its owner needs no help there.
int check_agents(int folder) {
    struct stat status {};
    if (::fstat(folder, &status) != 0) return errno;
    return status.st_uid == ::geteuid() ? 0 : EPERM;
}

int flush(int folder) {
    return ::fsync(folder) == 0 || errno == EINVAL ? 0 : errno;
}

// The name under which switch_link makes the new link.
std::string new_link_name(std::string_view name) {
    return fmt::format(".gup-link-{}", name);
}

// 0 when a folder is there already.
int accept_folder(int parent, const char* name) {
    struct stat status {};
    if (errno != EEXIST) return errno;
    if (::fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return errno;
    return S_ISDIR(status.st_mode) ? 0 : ENOTDIR;
}

int give_to_owner(int parent, const char* name, const Owner& owner) {
    struct stat status {};
    if (!acts_as_root_for(owner)) return 0;
    const UniqueFd made(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!made.valid() || ::fstat(made.get(), &status) != 0) return errno;
    if (status.st_uid != 0) return EPERM;  // replaced in the meantime
    if (::fchown(made.get(), owner.uid, owner.gid) == 0) return 0;
    const int number = errno;
    ::unlinkat(parent, name, AT_REMOVEDIR);
    return number;
}

// For file systems without RENAME_EXCHANGE. The journal tells what is missing in between.
int exchange_in_two_steps(int from, const char* name, int to, const char* other) {
    struct stat status {};
    const bool forth = ::fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISLNK(status.st_mode);
    std::string target(PATH_MAX, '\0');
    const ssize_t size = ::readlinkat(forth ? to : from, forth ? other : name, target.data(), target.size() - 1);
    if (size < 0) return errno;
    target.resize(static_cast<std::size_t>(size));
    if (::unlinkat(forth ? to : from, forth ? other : name, 0) != 0) return errno;
    const int renamed = forth ? ::renameat(from, name, to, other) : ::renameat(to, other, from, name);
    if (renamed != 0) return errno;
    return ::symlinkat(target.c_str(), forth ? from : to, forth ? name : other) == 0 ? 0 : errno;
}

int replace_link(int parent, const char* name, const std::string& target, const Owner& owner) {
    const std::string made = new_link_name(name);
    if (const int number = check_owned(parent, name, owner); number != 0) return number;
    if (::unlinkat(parent, made.c_str(), 0) != 0 && errno != ENOENT) return errno;
    if (::symlinkat(target.c_str(), parent, made.c_str()) != 0) return errno;
    const bool given =
        !acts_as_root_for(owner) || ::fchownat(parent, made.c_str(), owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW) == 0;
    if (given && ::renameat(parent, made.c_str(), parent, name) == 0) return flush(parent);
    const int number = errno;
    ::unlinkat(parent, made.c_str(), 0);
    return number;
}

int exchange_with(int parent, const char* name, const fs::path& with, const Owner& owner) {
    const std::string other = with.filename();
    struct stat status {};
    const fs::path around = with.parent_path();
    const UniqueFd folder = acts_as_root_for(owner)
                                ? open_folder_itself(around)
                                : UniqueFd(::open(around.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.valid() || ::fstat(folder.get(), &status) != 0) return errno;
    if (acts_as_root_for(owner) && status.st_uid != owner.uid) return EPERM;
    if (const int number = check_owned(parent, name, owner); number != 0) return number;
    if (const int number = check_owned(folder.get(), other.c_str(), owner); number != 0) return number;
    int number = 0;
    if (::renameat2(parent, name, folder.get(), other.c_str(), RENAME_EXCHANGE) != 0) {
        if (errno != EINVAL && errno != ENOSYS) return errno;
        number = exchange_in_two_steps(parent, name, folder.get(), other.c_str());
    }
    if (number == 0) number = flush(folder.get());
    return number == 0 ? flush(parent) : number;
}

// In the opened folder `parent`. Returns 0 or an errno.
int make(const EntryChange& wanted, int parent, const char* name, const Owner& owner) {
    constexpr int gone = 0;
    switch (wanted.change) {
        case Change::create:
            return ::mkdirat(parent, name, 0777) == 0 ? give_to_owner(parent, name, owner) : errno;
        case Change::make:
            return ::mkdirat(parent, name, 0777) == 0 ? give_to_owner(parent, name, owner)
                                                      : accept_folder(parent, name);
        case Change::share:
            return ::mkdirat(parent, name, shared_mode) == 0 ? 0 : accept_folder(parent, name);
        case Change::remove_folder:
            if (const int number = check_owned(parent, name, owner); number != 0) return number;
            return ::unlinkat(parent, name, AT_REMOVEDIR) == 0 ? 0 : errno;
        case Change::link:
            return replace_link(parent, name, wanted.other, owner);
        case Change::unlink:
            if (const int number = check_owned(parent, name, owner); number != 0) return number;
            return ::unlinkat(parent, name, 0) == 0 || errno == ENOENT ? flush(parent) : errno;
        case Change::sweep:
            return ::unlinkat(parent, new_link_name(name).c_str(), 0) == 0 ? gone : errno;
        case Change::exchange:
            return exchange_with(parent, name, wanted.other, owner);
        case Change::rename:
            if (const int number = check_owned(parent, wanted.other.c_str(), owner); number != 0) return number;
            if (::renameat2(parent, wanted.other.c_str(), parent, name, RENAME_NOREPLACE) != 0) return errno;
            return flush(parent);
    }
    return EINVAL;
}

Status result_of(int number, const EntryChange& wanted) {
    if (number == 0) return {};
    const auto act = acts.at(static_cast<std::size_t>(wanted.change));
    if (wanted.change == Change::exchange) {
        return errno_error(number, fmt::format("{} {} and {}", act, wanted.other, wanted.path.string()));
    }
    return errno_error(number, fmt::format("{} {}", act, wanted.path.string()));
}

// Others than this process's user, and root, may write to the folder, or it is not this user's.
bool has_several_owners(const fs::path& folder) {
    const auto info = file_info(folder);
    if (!info.ok() || !*info) return true;
    return (*info)->owner != ::geteuid() || ((*info)->mode & (S_IWGRP | S_IWOTH)) != 0;
}

// As this process's user first. A folder that a link leads to is only opened so. But the first owner's .gup or .pyenv
// would give the releases of the others to that owner.
Status make(const EntryChange& wanted, const Owner& owner, Elevated elevated) {
    int number = EACCES;
    const bool is_for_all = wanted.change == Change::share && has_several_owners(wanted.path.parent_path());
    if (!is_for_all || !works_as_another()) {
        const UniqueFd folder(::open(wanted.path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        const std::string name = wanted.path.filename();
        number = folder.valid() ? make(wanted, folder.get(), name.c_str(), owner) : errno;
    }
    const bool is_refused = number == EACCES || number == EPERM;
    if (is_refused && elevated == Elevated::yes && works_as_another()) {
        return ask_agent_to(
            "help",
            {{"change", static_cast<int>(wanted.change)}, {"path", wanted.path.string()}, {"other", wanted.other}});
    }
    return result_of(number, wanted);
}

Owner nobody_else() {
    Owner owner;
    owner.uid = ::geteuid();
    return owner;
}

bool is_on_overlay(const fs::path& path) {
    constexpr unsigned long overlay_magic = 0x794c7630;
    struct statfs status {};
    return ::statfs(path.c_str(), &status) == 0 && static_cast<unsigned long>(status.f_type) == overlay_magic;
}

fs::path copy_name(const fs::path& with) {
    return with.parent_path() / fmt::format(".gup-copy-{}", with.filename().string());
}

fs::path marker_of(const fs::path& folder) {
    return folder.parent_path() / new_link_name(folder.filename().string());
}

// A folder of an overlay's lower layer that goes where a link is, and the link to where the folder is.
struct LayerExchange {
    const fs::path& folder;
    Elevated of_folder;
    const fs::path& link;
    Elevated of_link;
    fs::path copy;
};

// The new link for the folder's place is made first: from then on a crash is told from a folder that somebody made there.
Status exchange_by_copy(const LayerExchange& wanted, const Owner& owner) {
    const auto& [folder, of_folder, link, of_link, copy] = wanted;
    const std::string target = link_text(link);
    if (target.empty()) return Error{ErrorCode::conflict, link.string() + " is not a link", {}};
    GUP_CHECK(remove_tree(copy));
    GUP_CHECK(copy_tree(folder, copy));
    GUP_CHECK(sync_file_system(copy.parent_path()));
    const fs::path marker = marker_of(folder);
    GUP_CHECK(make({Change::link, marker, target}, owner, of_folder));
    GUP_CHECK(make({Change::exchange, link, copy.string()}, owner, of_link));
    GUP_CHECK(make({Change::unlink, copy}, nobody_else(), Elevated::no));
    GUP_CHECK(remove_owner_tree(folder, of_folder));
    GUP_CHECK(rename_entry(marker, folder, of_folder));
    return sync_folder(folder.parent_path());
}

// An entry of the connector's: its folder, its virtualenv, the hidden folder of an addition or a removal, or the new link
// of a switch.
bool is_name_of(std::string_view name, const std::string& connector) {
    if (connector.empty()) return false;
    if (name == connector || name == new_link_name(connector) || name == removed_name(connector)) return true;
    const std::string hidden = fmt::format(".gup-add-{}.", connector);
    if (!name.starts_with(hidden) || name.size() == hidden.size()) return false;
    name.remove_prefix(hidden.size());
    return std::all_of(name.begin(), name.end(), is_letter_or_digit);
}

bool has_zero(const std::string& text) {
    return text.find('\0') != std::string::npos;
}

bool is_allowed(const EntryChange& wanted, const HelpRights& rights) {
    const fs::path parent = wanted.path.parent_path();
    const std::string name = wanted.path.filename();
    if (wanted.path != wanted.path.lexically_normal() || name.empty()) return false;
    if (has_zero(wanted.path.native()) || has_zero(wanted.other)) return false;
    const bool is_shared_name = parent == rights.root && (name == ".gup" || name == ".pyenv");
    if (wanted.change == Change::share) return is_shared_name;
    if (wanted.change == Change::remove_folder && is_shared_name) return true;
    const bool is_shared = parent == rights.root || parent == rights.root / ".pyenv" || parent == rights.root / ".gup";
    if (!is_shared) return false;
    const auto is_its_own = [&](const std::string& entry) {
        return std::any_of(rights.connectors.begin(), rights.connectors.end(),
                           [&](const std::string& connector) { return is_name_of(entry, connector); });
    };
    if (wanted.change == Change::rename && !is_its_own(wanted.other)) return false;
    return is_its_own(name);
}

}  // namespace

Result<json> help_owner(const HelpRights& rights, const json& change) {
    const std::int64_t number = number_member(change, "change");
    EntryChange wanted;
    wanted.path = text_member(change, "path");
    wanted.other = text_member(change, "other");
    if (number < 0 || number >= static_cast<std::int64_t>(acts.size())) {
        return Error{ErrorCode::unsupported, "the agent does not know this change of a folder", {}};
    }
    wanted.change = static_cast<Change>(number);
    const std::string entry = wanted.path.filename();
    if (wanted.change == Change::make && (entry == ".gup" || entry == ".pyenv")) wanted.change = Change::share;
    if (!is_allowed(wanted, rights)) {
        return Error{ErrorCode::permission, fmt::format("{} is not the connector's", wanted.path.string()), {}};
    }
    // Whose the shared folders are is not the owner's choice: an empty one may always go.
    Owner owner = rights.owner;
    if (wanted.change == Change::remove_folder && wanted.path.filename().string().starts_with('.')) owner.uid = 0;
    const UniqueFd folder = open_folder_itself(wanted.path.parent_path());
    const std::string name = wanted.path.filename();
    const int unsafe = folder.valid() ? check_agents(folder.get()) : errno;
    const int failed = unsafe == 0 ? make(wanted, folder.get(), name.c_str(), owner) : unsafe;
    GUP_CHECK(result_of(failed, wanted));
    return json();
}

Status create_owner_folder(const fs::path& path, const Owner& owner, Elevated elevated) {
    return make({Change::create, path}, owner, elevated);
}

Status make_owner_folder(const fs::path& path, const Owner& owner, Elevated elevated) {
    return make({Change::make, path}, owner, elevated);
}

Status make_shared_folder(const fs::path& path) {
    return make({Change::share, path}, nobody_else(), Elevated::yes);
}

bool remove_empty_folder(const fs::path& path, Elevated elevated) {
    return make({Change::remove_folder, path}, nobody_else(), elevated).ok();
}

Status remove_owner_tree(const fs::path& path, Elevated elevated) {
    if (elevated == Elevated::no || !is_real_folder(path)) return remove_tree(path);
    GUP_TRY(const auto names, list_folder(path));
    for (const std::string& name : names) GUP_CHECK(remove_tree(path / name));
    const Status removed = make({Change::remove_folder, path}, nobody_else(), elevated);
    return is_there(path) ? removed : Status{};
}

Status switch_link(const fs::path& path, const fs::path& target, const Owner& owner, Elevated elevated) {
    return make({Change::link, path, target.string()}, owner, elevated);
}

void sweep_link(const fs::path& path, Elevated elevated) {
    (void)make({Change::sweep, path}, nobody_else(), elevated).ok();
}

Status remove_link(const fs::path& path, Elevated elevated) {
    return make({Change::unlink, path}, nobody_else(), elevated);
}

Status exchange_entries(const fs::path& path, const fs::path& with, const Owner& owner, Elevated elevated) {
    auto status = make({Change::exchange, path, with.string()}, owner, elevated);
    const bool is_forth = is_real_folder(path);
    const fs::path& folder = is_forth ? path : with;
    if (status.ok() || !is_real_folder(folder) || !is_on_overlay(folder)) return status;
    // `with` is in a folder of the owner's.
    const LayerExchange wanted{folder, is_forth ? elevated : Elevated::no, is_forth ? with : path,
                               is_forth ? Elevated::no : elevated, copy_name(with)};
    return exchange_by_copy(wanted, owner);
}

bool is_copied_over(const fs::path& folder, const fs::path& link) {
    return is_real_folder(folder) && is_real_folder(link) && !link_text(marker_of(folder)).empty();
}

void sweep_exchange(const fs::path& folder, Elevated of_folder, const fs::path& with) {
    sweep_link(folder, of_folder);
    (void)remove_tree(copy_name(with)).ok();
}

std::string removed_name(const std::string& connector) {
    return ".gup-removed-" + connector;
}

Status rename_entry(const fs::path& from, const fs::path& to, Elevated elevated) {
    if (elevated == Elevated::yes && from.parent_path() == to.parent_path()) {
        return make({Change::rename, to, from.filename().string()}, nobody_else(), elevated);
    }
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
    const int number = errno;
    if (number == EXDEV) {
        return Error{ErrorCode::unsupported,
                     fmt::format("{} and {} are on different file systems", from.string(), to.parent_path().string()),
                     "move it there by hand, and put a link in its place"};
    }
    return errno_error(number, fmt::format("cannot move {} to {}", from.string(), to.string()));
}

}  // namespace gup

#include "host/elevated_fs.hpp"
#include "util/sys/directory.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace gup {
namespace {

constexpr mode_t shared_mode = 0755;

bool acts_as_root_for(const Owner& owner) {
    return ::geteuid() == 0 && owner.uid != 0;
}

// As root, nothing of another user's is replaced for an owner.
int check_owned(int folder, const char* name, const Owner& owner) {
    struct stat status {};
    if (::fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return errno == ENOENT ? 0 : errno;
    const bool fine = status.st_uid == owner.uid || (status.st_uid == 0 && S_ISLNK(status.st_mode));
    return !acts_as_root_for(owner) || fine ? 0 : EPERM;
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

}  // namespace

Status create_owner_folder(const fs::path& path, const Owner& owner, Elevated elevated) {
    return in_parent_of(path, elevated, "cannot create the folder", [&](int parent, const char* name) {
        return ::mkdirat(parent, name, 0777) == 0 ? give_to_owner(parent, name, owner) : errno;
    });
}

Status make_owner_folder(const fs::path& path, const Owner& owner, Elevated elevated) {
    return in_parent_of(path, elevated, "cannot create the folder", [&](int parent, const char* name) {
        if (::mkdirat(parent, name, 0777) == 0) return give_to_owner(parent, name, owner);
        return accept_folder(parent, name);
    });
}

Status make_shared_folder(const fs::path& path) {
    return in_parent_of(path, Elevated::yes, "cannot create the folder", [](int parent, const char* name) {
        return ::mkdirat(parent, name, shared_mode) == 0 ? 0 : accept_folder(parent, name);
    });
}

bool remove_empty_folder(const fs::path& path, Elevated elevated) {
    return in_parent_of(
               path, elevated, "cannot remove",
               [](int parent, const char* name) { return ::unlinkat(parent, name, AT_REMOVEDIR) == 0 ? 0 : errno; })
        .ok();
}

Status remove_owner_tree(const fs::path& path, Elevated elevated) {
    if (elevated == Elevated::no || !is_real_folder(path)) return remove_tree(path);
    GUP_TRY(const auto names, list_folder(path));
    for (const std::string& name : names) GUP_CHECK(remove_tree(path / name));
    return in_parent_of(path, elevated, "cannot remove", [](int parent, const char* name) {
        return ::unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : errno;
    });
}

Status switch_link(const fs::path& path, const fs::path& target, const Owner& owner, Elevated elevated) {
    return in_parent_of(path, elevated, "cannot switch", [&](int parent, const char* name) {
        const std::string made = new_link_name(name);
        if (const int number = check_owned(parent, name, owner); number != 0) return number;
        if (::unlinkat(parent, made.c_str(), 0) != 0 && errno != ENOENT) return errno;
        if (::symlinkat(target.c_str(), parent, made.c_str()) != 0) return errno;
        const bool given = !acts_as_root_for(owner) ||
                           ::fchownat(parent, made.c_str(), owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW) == 0;
        if (given && ::renameat(parent, made.c_str(), parent, name) == 0) return flush(parent);
        const int number = errno;
        ::unlinkat(parent, made.c_str(), 0);
        return number;
    });
}

void sweep_link(const fs::path& path, Elevated elevated) {
    (void)in_parent_of(path, elevated, "cannot remove the unfinished", [](int parent, const char* name) {
        return ::unlinkat(parent, new_link_name(name).c_str(), 0) == 0 ? 0 : errno;
    }).ok();
}

Status remove_link(const fs::path& path, Elevated elevated) {
    return in_parent_of(path, elevated, "cannot remove", [](int parent, const char* name) {
        return ::unlinkat(parent, name, 0) == 0 || errno == ENOENT ? flush(parent) : errno;
    });
}

Status exchange_entries(const fs::path& path, const fs::path& with, const Owner& owner, Elevated elevated) {
    const std::string other = with.filename();
    const fs::path around = with.parent_path();
    // Opened as the owner, so that root goes only where the owner can go.
    const UniqueFd folder = elevated == Elevated::yes
                                ? open_folder_itself(around)
                                : UniqueFd(::open(around.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.valid()) return errno_error(errno, "cannot open " + around.string());
    const std::string what = fmt::format("cannot exchange {} and", with.string());
    return in_parent_of(path, elevated, what, [&](int parent, const char* name) {
        struct stat status {};
        if (::fstat(folder.get(), &status) != 0) return errno;
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
    });
}

Status rename_entry(const fs::path& from, const fs::path& to, Elevated elevated) {
    if (elevated == Elevated::yes && from.parent_path() == to.parent_path()) {
        const std::string name = from.filename();
        return in_parent_of(to, elevated, "cannot make", [&](int parent, const char* target) {
            if (::renameat2(parent, name.c_str(), parent, target, RENAME_NOREPLACE) != 0) return errno;
            return flush(parent);
        });
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

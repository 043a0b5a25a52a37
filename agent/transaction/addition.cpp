#include "transaction/addition.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <random>

#include "source/remote/ssh_host_key.hpp"
#include "transaction/recovery.hpp"
#include "transaction/steps.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/effective_user.hpp"

namespace gup {
namespace {

constexpr const char* pin_kind = "pin_host_key";
constexpr const char* folder_kind = "add_connector";
constexpr const char* added_virtualenv_kind = "add_environment";
constexpr const char* publish_kind = "publish";

bool is_root() {
    const AsAgent own_user;
    return ::geteuid() == 0;
}

UniqueFd open_real_folder(const fs::path& path) {
    return UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

// Does `act` as the owner; where only root may (a root folder that is root's), as root, which then follows no link that
// somebody may have put there. `act` gets a folder's descriptor and the name of an entry of it, and returns 0 or an
// errno.
template <class Act>
Status in_folder_of(const fs::path& path, const Owner& owner, std::string_view what, Act act) {
    const auto failure = [&](int number) { return errno_error(number, fmt::format("{} {}", what, path.string())); };
    const std::string name = path.filename();
    {
        GUP_TRY(const EffectiveUser acting, EffectiveUser::begin(owner));
        const UniqueFd folder(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        const int number = folder.valid() ? act(folder.get(), name.c_str()) : errno;
        if (number == 0) return {};
        if (number != EACCES || !is_root() || owner.uid == 0) return failure(number);
    }
    const UniqueFd folder = open_real_folder(path.parent_path());
    const int number = folder.valid() ? act(folder.get(), name.c_str()) : errno;
    return number == 0 ? Status{} : failure(number);
}

// An empty folder of `owner`. When it fails there is none that was not there before.
Status make_folder_for(const fs::path& path, const Owner& owner, mode_t mode) {
    return in_folder_of(path, owner, "cannot make the folder", [&](int parent, const char* name) {
        if (::mkdirat(parent, name, mode) != 0) return errno;
        if (::geteuid() != 0) return 0;
        const UniqueFd made(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (made.valid() && ::fchown(made.get(), owner.uid, owner.gid) == 0) return 0;
        const int number = errno;
        ::unlinkat(parent, name, AT_REMOVEDIR);
        return number;
    });
}

// As remove_tree, for a folder that make_folder_for made: what is in it as the owner, and the folder itself as whoever
// may.
Status remove_folder_of(const fs::path& path, const Owner& owner) {
    GUP_TRY(const auto there, file_info(path, Follow::no));
    if (!there) return {};
    {
        GUP_TRY(const EffectiveUser acting, EffectiveUser::begin(owner));
        GUP_TRY(const auto names, list_folder(path));
        for (const std::string& name : names) GUP_CHECK(remove_tree(path / name));
    }
    return in_folder_of(path, owner, "cannot remove", [](int parent, const char* name) {
        return ::unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : errno;
    });
}

// Somebody may have put something else into it since: then it stays.
void remove_if_empty(const fs::path& path, const Owner& owner) {
    (void)in_folder_of(path, owner, "cannot remove", [](int parent, const char* name) {
        return ::unlinkat(parent, name, AT_REMOVEDIR) == 0 ? 0 : errno;
    }).ok();
}

std::string random_suffix() {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
    std::random_device device;
    std::uniform_int_distribution<std::size_t> any(0, letters.size() - 1);
    std::string suffix(8, ' ');
    std::generate(suffix.begin(), suffix.end(), [&] { return letters[any(device)]; });
    return suffix;
}

std::map<std::string, std::string> place_of(const fs::path& path, const Owner& owner) {
    auto values = owner_values(owner);
    values.emplace("path", path.string());
    return values;
}

// Whether the last rename came through: what the transaction made is where it belongs.
Result<bool> is_published(const JournalRecord& record) {
    for (const JournalStep& step : record.steps) {
        if (step.kind != publish_kind) continue;
        GUP_TRY(const std::string path, value_of(step, "path"));
        GUP_TRY(const std::string target, value_of(step, "to"));
        GUP_TRY(const auto unfinished, file_info(path, Follow::no));
        GUP_TRY(const auto finished, file_info(target, Follow::no));
        return !unfinished && finished;
    }
    return false;
}

Result<std::string> undo_virtualenv(const JournalStep& step) {
    GUP_TRY(const std::string path, value_of(step, "path"));
    GUP_TRY(const Owner owner, owner_in(step));
    GUP_CHECK(remove_folder_of(path, owner));
    if (step.values.count("parent") != 0) {
        remove_if_empty(fs::path(path).parent_path(), owner);
    }
    return fmt::format("removed the unfinished virtualenv {}", path);
}

Result<std::string> undo_addition_step(const JournalStep& step) {
    if (step.kind == added_virtualenv_kind) return undo_virtualenv(step);
    if (step.kind == folder_kind) {
        GUP_TRY(const std::string path, value_of(step, "path"));
        GUP_TRY(const Owner owner, owner_in(step));
        GUP_CHECK(remove_folder_of(path, owner));
        return fmt::format("removed the unfinished clone {}", path);
    }
    if (step.kind == pin_kind) {
        GUP_TRY(const std::string file, value_of(step, "file"));
        GUP_TRY(const std::string line, value_of(step, "line"));
        GUP_CHECK(unpin_host_key(file, line));
        return fmt::format("forgot the host key of {}", line.substr(0, line.find(' ')));
    }
    if (step.kind == publish_kind) return std::string{};
    return Error{ErrorCode::unsupported, "the journal has a step of an unknown kind: " + step.kind,
                 "a newer gup-agent wrote it: recover with that one"};
}

}  // namespace

Result<Addition> Addition::begin(const fs::path& state, const std::string& connector, Owner owner) {
    JournalRecord record;
    record.id = transaction_id(system_clock().now(), "add", connector);
    record.connector = connector;
    GUP_TRY(Journal journal, Journal::begin(state, record.id, connector));
    return Addition(std::move(record), std::move(journal), std::move(owner));
}

Status Addition::note(JournalStep step) {
    GUP_CHECK(journal_.step(step));
    record_.steps.push_back(std::move(step));
    return {};
}

Status Addition::pin(const fs::path& known_hosts, const std::string& line) {
    const AsAgent own_files;
    GUP_TRY(const bool pinned, is_pinned(known_hosts, line));
    if (pinned) return {};  // by somebody else: not to be taken out again
    GUP_CHECK(note({pin_kind, {{"file", known_hosts.string()}, {"line", line}}}));
    return pin_host_key(known_hosts, line);
}

Status Addition::make_folder(const fs::path& target) {
    const fs::path folder =
        target.parent_path() / fmt::format(".gup-add-{}.{}", target.filename().string(), random_suffix());
    GUP_CHECK(note({folder_kind, place_of(folder, owner_)}));
    folder_ = folder;
    target_ = target;
    GUP_CHECK(make_folder_for(folder, owner_, 0777));
    GUP_TRY(const EffectiveUser acting, EffectiveUser::begin(owner_));
    GUP_TRY(const auto info, file_info(folder, Follow::no));
    if (!info) return Error{ErrorCode::io, folder.string() + " is gone", {}};
    mode_ = info->mode;
    if (::chmod(folder.c_str(), mode_ & S_IRWXU) == 0) return {};
    return errno_error(errno, "cannot set the mode of " + folder.string());
}

Status Addition::make_virtualenv_folder(const fs::path& path) {
    const fs::path parent = path.parent_path();
    GUP_TRY(const auto around, file_info(parent));
    JournalStep step{added_virtualenv_kind, place_of(path, owner_)};
    if (!around) step.values.emplace("parent", "made");
    GUP_CHECK(note(std::move(step)));
    Status made = around ? Status{} : make_folder_for(parent, owner_, 0777);
    if (!made.ok()) return made;
    made = make_folder_for(path, owner_, 0777);
    if (made.ok()) return {};
    // What somebody else put there since the check is not ours to remove.
    if (!around) remove_if_empty(parent, owner_);
    record_.steps.pop_back();
    return made;
}

Status Addition::publish() {
    {
        GUP_TRY(const EffectiveUser acting, EffectiveUser::begin(owner_));
        if (::chmod(folder_.c_str(), mode_) != 0) {
            return errno_error(errno, "cannot set the mode of " + folder_.string());
        }
        GUP_CHECK(sync_file_system(folder_));
    }
    GUP_CHECK(note({publish_kind, {{"path", folder_.string()}, {"to", target_.string()}}}));
    const std::string from = folder_.filename();
    GUP_CHECK(in_folder_of(target_, owner_, "cannot make", [&](int parent, const char* name) {
        return ::renameat2(parent, from.c_str(), parent, name, RENAME_NOREPLACE) == 0 ? 0 : errno;
    }));
    Status flushed = sync_folder(target_.parent_path());
    const Status ended = journal_.end();
    return flushed.ok() ? ended : flushed;
}

Error Addition::undo(Error cause) {
    const AsAgent own_user;
    const auto undone = undo_addition(record_);
    const Status status = undone.ok() ? journal_.end() : Status{undone.error()};
    if (!status.ok()) {
        cause.message += "; and it could not be taken back wholly: " + status.error().message;
        cause.hint = "gup-agent recover";
    }
    return cause;
}

bool is_addition(const JournalRecord& record) {
    constexpr std::array<std::string_view, 4> kinds{pin_kind, folder_kind, added_virtualenv_kind, publish_kind};
    return std::any_of(record.steps.begin(), record.steps.end(), [&](const JournalStep& step) {
        return std::find(kinds.begin(), kinds.end(), step.kind) != kinds.end();
    });
}

Result<std::vector<std::string>> undo_addition(const JournalRecord& record) {
    std::vector<std::string> actions;
    GUP_TRY(const bool published, is_published(record));
    if (published) return actions;
    for (auto step = record.steps.rbegin(); step != record.steps.rend(); ++step) {
        GUP_TRY(std::string action, undo_addition_step(*step));
        if (!action.empty()) actions.push_back(std::move(action));
    }
    return actions;
}

}  // namespace gup

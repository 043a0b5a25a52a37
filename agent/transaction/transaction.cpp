#include "transaction/transaction.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "connector/generation_store.hpp"
#include "host/elevated_fs.hpp"
#include "transaction/recovery.hpp"
#include "transaction/steps.hpp"
#include "util/log/log.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/effective_user.hpp"
#include "util/sys/symlink.hpp"

namespace gup {
namespace {

constexpr const char* release_prefix = "release_";
constexpr const char* release_folder_kind = "release_folder";
constexpr const char* release_file_kind = "release_file";
constexpr const char* release_repository_kind = "release_repository";
constexpr const char* release_record_kind = "release_record";
constexpr const char* release_around_kind = "release_around";
constexpr const char* release_move_kind = "release_move";
constexpr const char* release_link_kind = "release_link";
constexpr const char* release_exchange_kind = "release_exchange";
constexpr const char* release_beside_kind = "release_beside";
constexpr const char* release_local_kind = "release_local";

enum class Entry : std::uint8_t { nothing, folder, link, other };

Result<Entry> look_at_entry(const fs::path& path) {
    GUP_TRY(const auto info, file_info(path, Follow::no));
    if (!info) return Entry::nothing;
    if (info->kind == FileKind::folder) return Entry::folder;
    return info->kind == FileKind::link ? Entry::link : Entry::other;
}

Status check_free(const fs::path& path) {
    if (!is_there(path)) return {};
    return Error{ErrorCode::conflict, path.string() + " is there already", {}};
}

Status rename_without_loss(const fs::path& from, const fs::path& to) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
    const int number = errno;
    if (number == EXDEV) {
        return Error{ErrorCode::unsupported,
                     fmt::format("{} and {} are on different file systems", from.string(), to.parent_path().string()),
                     "move it there by hand, and put a link in its place"};
    }
    return errno_error(number, fmt::format("cannot move {} to {}", from.string(), to.string()));
}

// In root's folder and its .pyenv the agent helps an owner who may not write there. Below the connector's own folders
// it never does: what looks like one may be a link of his by now, and lead anywhere.
enum class Elevated : std::uint8_t { none, given };

Elevated help_in(const JournalStep& step) {
    const auto found = step.values.find("help");
    return found != step.values.end() && found->second == "yes" ? Elevated::given : Elevated::none;
}

fs::path link_in_the_making(const fs::path& path) {
    return path.parent_path() / link_beside(path.filename().native());
}

Status make_folder_at(const fs::path& path, const Owner& owner, Elevated help) {
    if (help == Elevated::given) return make_owner_folder(path, owner);
    if (::mkdir(path.c_str(), 0777) == 0 || (errno == EEXIST && is_real_folder(path))) return {};
    return errno_error(errno, fmt::format("cannot make the folder {}", path.string()));
}

Status remove_link_at(const fs::path& path, Elevated help) {
    if (help == Elevated::given) return remove_link(path);
    if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
    return errno_error(errno, fmt::format("cannot remove {}", path.string()));
}

Status switch_link_at(const fs::path& path, const std::string& to, const Owner& owner, Elevated help) {
    if (help == Elevated::given) return switch_link(path, to, owner);
    const fs::path made = link_in_the_making(path);
    GUP_CHECK(remove_link_at(made, help));
    if (::symlink(to.c_str(), made.c_str()) == 0 && ::rename(made.c_str(), path.c_str()) == 0) return {};
    const int number = errno;
    ::unlink(made.c_str());
    return errno_error(number, fmt::format("cannot switch {}", path.string()));
}

Status exchange_at(const fs::path& path, const fs::path& with, const Owner& owner, Elevated help) {
    if (help == Elevated::given) return exchange_entries(path, with, owner);
    if (::renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, with.c_str(), RENAME_EXCHANGE) == 0) return {};
    return errno_error(errno, fmt::format("cannot exchange {} and {}", path.string(), with.string()));
}

Result<std::string> undo_release_folder(const JournalStep& step) {
    GUP_TRY(const fs::path path, value_of(step, "path"));
    GUP_CHECK(remove_tree(path));
    return fmt::format("removed the unfinished {}", path.string());
}

Result<std::string> undo_release_move(const JournalStep& step) {
    GUP_TRY(const fs::path path, value_of(step, "path"));
    GUP_TRY(const fs::path to, value_of(step, "to"));
    if (is_there(to) && !is_there(path)) GUP_CHECK(rename_without_loss(to, path));
    return fmt::format("put {} back", path.string());
}

Result<std::string> undo_release_link(const JournalStep& step, const Owner& owner) {
    GUP_TRY(const fs::path path, value_of(step, "path"));
    GUP_TRY(const std::string from, value_of(step, "from"));
    GUP_TRY(const std::string to, value_of(step, "to"));
    GUP_CHECK(remove_link_at(link_in_the_making(path), help_in(step)));
    GUP_TRY(const Entry here, look_at_entry(path));
    const std::string now = here == Entry::link ? link_text(path) : std::string();
    const Elevated help = help_in(step);
    const bool is_mine = here == Entry::nothing ? to.empty() || !from.empty() : here == Entry::link && now == to;
    if (is_mine && now != from) {
        GUP_CHECK(from.empty() ? remove_link_at(path, help) : switch_link_at(path, from, owner, help));
    }
    return fmt::format("put the link {} back", path.string());
}

// Where the file system cannot exchange, one of the two may be missing in between.
Result<std::string> undo_release_exchange(const JournalStep& step, const Owner& owner) {
    GUP_TRY(const fs::path folder, value_of(step, "folder"));
    GUP_TRY(const fs::path link, value_of(step, "link"));
    GUP_TRY(const std::string to, value_of(step, "to"));
    GUP_TRY(const std::string made, value_of(step, "made"));
    GUP_TRY(const fs::path outer, value_of(step, "outer"));
    const fs::path& inner = outer == folder ? link : folder;
    const Elevated help = help_in(step);
    GUP_TRY(Entry at_folder, look_at_entry(folder));
    GUP_TRY(const Entry at_link, look_at_entry(link));
    if (at_link == Entry::folder || at_link == Entry::other) {
        if (at_folder == Entry::nothing) {
            GUP_CHECK(switch_link_at(folder, to, owner, help));
            at_folder = Entry::link;
        }
        if (at_folder != Entry::link) {
            return Error{ErrorCode::conflict,
                         fmt::format("{} was made while its content was in {}", folder.string(), link.string()),
                         "keep one of them there, and remove the other"};
        }
        GUP_CHECK(exchange_at(outer, inner, owner, help));
    } else if (at_link == Entry::nothing && made != "yes") {
        GUP_CHECK(switch_link_at(link, to, owner, help));
    }
    if (made == "yes") {
        GUP_CHECK(remove_link_at(link_in_the_making(link), Elevated::none));
        GUP_TRY(const Entry left, look_at_entry(link));
        if (left == Entry::link && link_text(link) == to) GUP_CHECK(remove_link_at(link, Elevated::none));
    }
    return fmt::format("put {} back", folder.string());
}

// What a crash of libgit2 leaves; there was no lock when it began.
Result<std::string> undo_release_repository(const JournalStep& step, const Owner& owner, UndoReason reason) {
    GUP_TRY(const fs::path path, value_of(step, "path"));
    if (reason == UndoReason::failure || !is_real_folder(path / ".git")) return std::string{};
    ::unlink((path / ".git/index.lock").c_str());
    auto repository = GitRepository::open(path, GitUser{owner.home});
    if (repository.ok()) repository->remove_leftovers();
    return std::string{};
}

Result<std::string> undo_release_step(const JournalStep& step, const Owner& owner, UndoReason reason) {
    if (step.kind == release_repository_kind) return undo_release_repository(step, owner, reason);
    if (step.kind == release_folder_kind) return undo_release_folder(step);
    if (step.kind == release_move_kind) return undo_release_move(step);
    if (step.kind == release_link_kind) return undo_release_link(step, owner);
    if (step.kind == release_exchange_kind) return undo_release_exchange(step, owner);
    if (step.kind == release_beside_kind) {
        GUP_TRY(const fs::path path, value_of(step, "path"));
        GUP_CHECK(remove_tree(path));
        return std::string{};
    }
    if (step.kind == release_local_kind) {
        GUP_CHECK(undo_mirror_switch(step));
        GUP_TRY(const std::string path, value_of(step, "path"));
        return fmt::format("put {} back", path);
    }
    if (step.kind == release_record_kind) {
        GUP_TRY(const std::string path, value_of(step, "path"));
        sweep_temporary_files(path);
        return std::string{};
    }
    if (step.kind == release_file_kind) {
        GUP_TRY(const std::string path, value_of(step, "path"));
        sweep_temporary_files(fs::path(path).parent_path());
        if (::unlink(path.c_str()) != 0 && errno != ENOENT) return errno_error(errno, "cannot remove " + path);
        return std::string{};
    }
    if (step.kind == release_around_kind) {
        GUP_TRY(const std::string path, value_of(step, "path"));
        if (help_in(step) == Elevated::given) {
            remove_empty_folder(path);
        } else {
            ::rmdir(path.c_str());
        }
        return std::string{};
    }
    return undo_step(step, {GitUser{owner.home}, owner, reason});
}

Result<std::vector<std::string>> undo_release_steps(const JournalRecord& record, const Owner& owner,
                                                    UndoReason reason) {
    std::vector<std::string> actions;
    for (const JournalStep& step : plan_recovery(record).steps) {
        GUP_TRY(std::string action, undo_release_step(step, owner, reason));
        if (!action.empty()) actions.push_back(std::move(action));
    }
    // At the end: what is put back may have to go there.
    for (const JournalStep& step : record.steps) {
        const bool is_exchange = step.kind == release_exchange_kind;
        if (!is_exchange && step.kind != release_folder_kind) continue;
        GUP_TRY(const fs::path made, value_of(step, is_exchange ? "link" : "path"));
        remove_empty_generations_folder(made.parent_path());
    }
    return actions;
}

// What a switch leaves that was committed.
Status finish_release_change(const JournalRecord& record) {
    for (const JournalStep& step : record.steps) {
        if (step.kind == release_local_kind) GUP_CHECK(finish_mirror_switch(step));
    }
    return {};
}

}  // namespace

Result<ReleaseTransaction> ReleaseTransaction::begin(const fs::path& state, const ConnectorLayout& site,
                                                     const std::string& what) {
    JournalRecord record;
    record.id = transaction_id(system_clock().now(), what, site.name);
    record.connector = site.name;
    const AsAgent own_files;
    GUP_TRY(Journal journal, Journal::begin(state, record.id, site.name));
    return ReleaseTransaction(std::move(record), std::move(journal), site);
}

Status ReleaseTransaction::note(const char* kind, const fs::path& path, std::map<std::string, std::string> values) {
    if (path.parent_path() == root_ || path.parent_path() == root_ / ".pyenv") values.emplace("help", "yes");
    values.merge(owner_values(owner_));
    record_.steps.push_back({kind, std::move(values)});
    return journal_.step(record_.steps.back());
}

Status ReleaseTransaction::note(const JournalStep& step) {
    return journal_.step(step);
}

Status ReleaseTransaction::make_folder(const fs::path& path) {
    GUP_CHECK(log_folder(path));
    return make_folder_at(path, owner_, Elevated::none);
}

Status ReleaseTransaction::log_folder(const fs::path& path) {
    GUP_CHECK(check_free(path));
    return note(release_folder_kind, path, {{"path", path.string()}});
}

Status ReleaseTransaction::log_file(const fs::path& path) {
    GUP_CHECK(check_free(path));
    return note(release_file_kind, path, {{"path", path.string()}});
}

Status ReleaseTransaction::remove_folder(const fs::path& path) {
    GUP_CHECK(note(release_folder_kind, path, {{"path", path.string()}}));
    return remove_generation(path.parent_path(), path.filename());
}

Status ReleaseTransaction::note_repository(const fs::path& work_tree) {
    return note(release_repository_kind, work_tree, {{"path", work_tree.string()}});
}

Status ReleaseTransaction::replace_record(const Generation& release) {
    const fs::path path = folder_ / release.id;
    GUP_CHECK(note(release_record_kind, path, {{"path", path.string()}}));
    return write_generation(folder_, release);
}

Status ReleaseTransaction::create_parents(const fs::path& path, const fs::path& top) {
    if (path == top || !is_below(path, top)) return {};
    GUP_CHECK(create_parents(path.parent_path(), top));
    GUP_TRY(const Entry here, look_at_entry(path));
    if (here == Entry::folder) return {};
    if (here != Entry::nothing) return Error{ErrorCode::conflict, path.string() + " is no folder", {}};
    GUP_CHECK(note(release_around_kind, path, {{"path", path.string()}}));
    return make_folder_at(path, owner_, help_in(record_.steps.back()));
}

Status ReleaseTransaction::move(const fs::path& path, const fs::path& to) {
    GUP_CHECK(check_free(to));
    GUP_CHECK(note(release_move_kind, path, {{"path", path.string()}, {"to", to.string()}}));
    return rename_without_loss(path, to);
}

Status ReleaseTransaction::switch_to(const fs::path& path, const std::string& to) {
    GUP_TRY(const Entry here, look_at_entry(path));
    if (here != Entry::nothing && here != Entry::link) {
        return Error{ErrorCode::conflict, path.string() + " is there, and is no link", {}};
    }
    const std::string from = here == Entry::link ? link_text(path) : std::string();
    if (from == to) return {};
    GUP_CHECK(note(release_link_kind, path, {{"path", path.string()}, {"from", from}, {"to", to}}));
    const Elevated help = help_in(record_.steps.back());
    return to.empty() ? remove_link_at(path, help) : switch_link_at(path, to, owner_, help);
}

Status ReleaseTransaction::replace_by_link(const fs::path& path, const fs::path& to, const std::string& text) {
    GUP_CHECK(check_free(to));
    GUP_CHECK(note(
        release_exchange_kind, path,
        {{"folder", path.string()}, {"link", to.string()}, {"outer", path.string()}, {"to", text}, {"made", "yes"}}));
    const Elevated help = help_in(record_.steps.back());
    GUP_CHECK(switch_link_at(to, text, owner_, Elevated::none));
    return exchange_at(path, to, owner_, help);
}

Status ReleaseTransaction::replace_link(const fs::path& path, const fs::path& from) {
    const std::string text = link_text(path);
    GUP_CHECK(note(
        release_exchange_kind, path,
        {{"folder", from.string()}, {"link", path.string()}, {"outer", path.string()}, {"to", text}, {"made", "no"}}));
    GUP_CHECK(exchange_at(path, from, owner_, help_in(record_.steps.back())));
    return switch_to(from, {});
}

Result<std::vector<std::string>> ReleaseTransaction::stage_local(Mirror& local, std::uint64_t reserve) {
    GUP_CHECK(note(release_beside_kind, local.beside, {{"path", local.beside.string()}}));
    return make_mirror(local, reserve);
}

Status ReleaseTransaction::switch_local(const Mirror& local) {
    GUP_TRY(JournalStep step, mirror_switch_step(release_local_kind, local));
    GUP_CHECK(note(release_local_kind, local.path, std::move(step.values)));
    return switch_mirror(local);
}

Status ReleaseTransaction::commit() {
    GUP_CHECK(sync_file_system(folder_));
    GUP_CHECK(journal_.commit());
    // What is left of it is removed by the next one: it is no part of the new pair.
    if (const Status done = finish_release_change(record_); !done.ok()) {
        log::warning(record_.connector, done.error().message);
    }
    end();
    return {};
}

Status ReleaseTransaction::roll_back() {
    const auto undone = undo_release_steps(record_, owner_, UndoReason::failure);
    return undone.ok() ? Status{} : Status{undone.error()};
}

void ReleaseTransaction::end() {
    if (auto ended = journal_.end(); !ended.ok()) log::warning(record_.connector, ended.error().message);
}

Error ReleaseTransaction::undo(Error cause) {
    if (const Status status = roll_back(); !status.ok()) {
        cause.message += "; and it could not be taken back wholly: " + status.error().message;
        cause.hint = "gup-agent recover";
        return cause;
    }
    end();
    return cause;
}

bool is_release_change(const JournalRecord& record) {
    return std::any_of(record.steps.begin(), record.steps.end(),
                       [](const JournalStep& step) { return step.kind.starts_with(release_prefix); });
}

Result<std::vector<std::string>> undo_release_change(const JournalRecord& record) {
    const RecoveryAction action = plan_recovery(record).action;
    if (action == RecoveryAction::nothing) return std::vector<std::string>{};
    GUP_TRY(const Owner owner, owner_of_steps(record));
    GUP_TRY(const EffectiveUser acting, EffectiveUser::begin(owner));
    if (action == RecoveryAction::clean_up) {
        GUP_CHECK(finish_release_change(record));
        return std::vector<std::string>{};
    }
    GUP_TRY(auto actions, undo_release_steps(record, owner, UndoReason::crash));
    actions.push_back(fmt::format("undid the interrupted transaction {}", record.id));
    return actions;
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "transaction/steps.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "connector/generation_store.hpp"
#include "core/plan.hpp"
#include "core/short_id.hpp"
#include "host/podman/objects.hpp"
#include "host/units/unit_folder.hpp"
#include "source/remote/ssh_host_key.hpp"
#include "transaction/folder_exchange.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/symlink.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

enum class Entry : std::uint8_t { nothing, link, other };

Result<Entry> entry_at(const fs::path& path) {
    GUP_TRY(const auto info, file_info(path, Follow::no));
    if (!info) return Entry::nothing;
    return info->kind == FileKind::link ? Entry::link : Entry::other;
}

bool has_value(const JournalStep& step, const char* key, std::string_view value) {
    const auto found = step.values.find(key);
    return found != step.values.end() && found->second == value;
}

Result<std::string> undo_create(const JournalStep& step, const UndoContext&) {
    GUP_TRY(const fs::path path, value_of(step, "path"));
    if (has_value(step, "entry", "file")) sweep_temporary_files(path.parent_path());
    GUP_TRY(const Entry here, entry_at(path));
    if (here == Entry::nothing) return std::string();
    GUP_CHECK(remove_owner_tree(path, elevation_of(step)));
    return fmt::format("removed the unfinished {}", path.string());
}

// Somebody may have put something else into it since: then it stays.
Result<std::string> undo_create_parent(const JournalStep& step, const UndoContext&) {
    GUP_TRY(const fs::path path, value_of(step, "path"));
    if (!remove_empty_folder(path, elevation_of(step))) return std::string();
    return fmt::format("removed the empty folder {}", path.string());
}

Result<std::string> undo_link(const JournalStep& step, const UndoContext& context) {
    GUP_TRY(const fs::path path, value_of(step, "path"));
    GUP_TRY(const std::string from, value_of(step, "from"));
    GUP_TRY(const std::string to, value_of(step, "to"));
    const Elevated elevated = elevation_of(step);
    sweep_link(path, elevated);
    GUP_TRY(const Entry here, entry_at(path));
    const std::string now = here == Entry::link ? link_text(path) : std::string();
    const bool is_ours = here == Entry::nothing ? !from.empty() : here == Entry::link && now == to;
    if (!is_ours || now == from) return std::string();
    GUP_CHECK(from.empty() ? remove_link(path, elevated) : switch_link(path, from, context.owner, elevated));
    return fmt::format("restored the link {}", path.string());
}

// Of a link that was made for the exchange. One that was there before stays.
Status remove_made_link(const JournalStep& step, const fs::path& link, const std::string& to) {
    if (!has_value(step, "made", "yes")) return {};
    sweep_link(link, Elevated::no);
    GUP_TRY(const Entry left, entry_at(link));
    return left == Entry::link && link_text(link) == to ? remove_link(link, Elevated::no) : Status{};
}

// Where the file system cannot exchange, one of the two may be missing in between.
Result<std::string> undo_exchange(const JournalStep& step, const UndoContext& context) {
    GUP_TRY(const fs::path path, value_of(step, "path"));
    GUP_TRY(const fs::path with, value_of(step, "with"));
    if (is_folder_exchange(step)) {
        GUP_CHECK(undo_folder_exchange(step));
        return fmt::format("restored {}", path.string());
    }
    GUP_TRY(const std::string to, value_of(step, "to"));
    const bool is_made = has_value(step, "made", "yes");
    const fs::path& folder = is_made ? path : with;
    const fs::path& link = is_made ? with : path;
    const Elevated elevated = elevation_of(step);
    const Elevated of_folder = is_made ? elevated : Elevated::no;
    if (is_copied_over(folder, link)) GUP_CHECK(remove_owner_tree(folder, of_folder));
    sweep_exchange(folder, of_folder, with);
    GUP_TRY(Entry at_folder, entry_at(folder));
    GUP_TRY(const Entry at_link, entry_at(link));
    const bool is_moved = at_link == Entry::other;
    if (is_moved && at_folder == Entry::nothing) {
        GUP_CHECK(switch_link(folder, to, context.owner, of_folder));
        at_folder = Entry::link;
    }
    if (is_moved && at_folder != Entry::link) {
        return Error{ErrorCode::conflict,
                     fmt::format("{} was created while its content was in {}", folder.string(), link.string()),
                     "keep one of them there, and remove the other"};
    }
    if (is_moved) GUP_CHECK(exchange_entries(path, with, context.owner, elevated));
    if (at_link == Entry::nothing && !is_made) GUP_CHECK(switch_link(link, to, context.owner, elevated));
    GUP_CHECK(remove_made_link(step, link, to));
    return is_moved ? fmt::format("restored {}", folder.string()) : std::string();
}

Result<std::string> undo_rename(const JournalStep& step, const UndoContext&) {
    GUP_TRY(const fs::path path, value_of(step, "path"));
    GUP_TRY(const fs::path to, value_of(step, "to"));
    if (has_value(step, "final", "yes") || !is_there(to) || is_there(path)) return std::string();
    GUP_CHECK(rename_entry(to, path, elevation_of(step)));
    return fmt::format("restored {}", path.string());
}

Result<std::string> undo_rewrite(const JournalStep& step, const UndoContext&) {
    GUP_TRY(const fs::path path, value_of(step, "path"));
    sweep_temporary_files(path);
    return std::string();
}

// False when the repository is gone.
Result<bool> clean_repository(const std::string& path, const GitUser& user) {
    auto repository = GitRepository::open_git_folder(path, user);
    if (repository.ok()) repository->remove_leftovers();
    if (!repository.ok() && repository.error().code != ErrorCode::not_found) return std::move(repository).error();
    return repository.ok();
}

Result<std::string> undo_git(const JournalStep& step, const UndoContext& context) {
    GUP_TRY(const fs::path path, value_of(step, "path"));
    if (context.reason == UndoReason::failure) return std::string();
    if (has_value(step, "index", "yes")) {
        // There was no lock when it began, and the folder may be no repository any more.
        if (!is_real_folder(path / ".git")) return std::string();
        ::unlink((path / ".git/index.lock").c_str());
        (void)clean_repository(path, context.user).ok();
        return std::string();
    }
    GUP_TRY(const bool has_repository, clean_repository(path, context.user));
    if (!has_repository) return std::string();
    return fmt::format("removed the locks of an interrupted git in {}", path.string());
}

bool is_fresh_clone(const WorkTreeMove& move) {
    return std::all_of(move.from.begin(), move.from.end(), [](char digit) { return digit == '0'; });
}

// A fresh clone of a submodule has no commit to go back to. The next update completes it.
Result<std::string> undo_checkout(const JournalStep& step, const UndoContext& context) {
    WorkTreeMove move;
    GUP_TRY(move.path, value_of(step, "path"));
    GUP_TRY(move.from, value_of(step, "from"));
    GUP_TRY(move.to, value_of(step, "to"));
    if (!context.has_connector) return std::string();
    if (context.reason == UndoReason::crash) {
        if (const auto cleaned = clean_repository(move.path, context.user); !cleaned.ok()) return cleaned.error();
    }
    if (is_fresh_clone(move)) return std::string();
    GUP_TRY(GitRepository repository, GitRepository::open(move.path, context.user));
    GUP_CHECK(repository.recover_work_tree(move, move.from));
    return fmt::format("rolled {} back to {}", move.path, short_id(move.from));
}

// A service is restarted once more by recovery, when all else is undone.
Result<std::string> no_undo(const JournalStep&, const UndoContext&) {
    return std::string();
}

Result<std::string> undo_host_key(const JournalStep& step, const UndoContext&) {
    GUP_TRY(const std::string file, value_of(step, "file"));
    GUP_TRY(const std::string line, value_of(step, "line"));
    GUP_CHECK(unpin_host_key(file, line));
    return fmt::format("removed the host key of {}", line.substr(0, line.find(' ')));
}

Result<std::string> undo_units(const JournalStep& step, const UndoContext& context) {
    GUP_TRY(const std::string record, value_of(step, "record"));
    const UnitFolder folder = unit_folder_of(step, context);
    GUP_TRY(const bool is_back, put_back_unit_folder(folder, record));
    return is_back ? fmt::format("restored {}", folder.live().string()) : std::string();
}

// systemd may have seen the units that are gone again by now.
Result<std::string> undo_reload(const JournalStep& step, const UndoContext& context) {
    Systemd systemd = context.systemd;
    systemd.on_stop = OnStop::go_on;
    if (has_value(step, "user", "yes")) {
        if (!check_user_manager(context.owner).ok()) return std::string();  // it reads them when it starts
        systemd.user = context.owner;
    }
    GUP_CHECK(reload_units(systemd));
    return std::string();
}

// After a failure they are stopped already. After a crash they run the new set, also when a boot started them. Those with
// a start in the queue of a boot get their old content by then. systemd still has the units of the new set.
Result<std::string> undo_start(const JournalStep& step, const UndoContext& context) {
    if (context.reason == UndoReason::failure) return std::string();
    GUP_TRY(const std::string names, value_of(step, "units"));
    Systemd systemd = context.systemd;
    systemd.on_stop = OnStop::go_on;
    if (has_value(step, "user", "yes")) {
        if (!check_user_manager(context.owner).ok()) return std::string();
        systemd.user = context.owner;
    }
    UnitNames units;
    for (const std::string_view name : words_in(names)) units.emplace_back(name);
    GUP_TRY(const UnitNames running, active_units(units, systemd));
    std::vector<UnitClaim> claims;
    for (const std::string& unit : running) claims.push_back({unit, context.connector, context.owner});
    GUP_CHECK(stop_units(claims, systemd));
    return running.empty() ? std::string() : fmt::format("stopped {}", fmt::join(running, ", "));
}

// The old unit makes it again when it starts. What uses it is stopped by then, or it is as it was.
Result<std::string> undo_network(const JournalStep& step, const UndoContext& context) {
    GUP_TRY(const std::string name, value_of(step, "name"));
    Podman podman = context.podman;
    podman.on_stop = OnStop::go_on;
    if (has_value(step, "user", "yes")) podman.user = context.owner;
    const Status removed = remove_network(name, podman);
    if (!removed.ok() && removed.error().code == ErrorCode::conflict) {
        return fmt::format("the network {} is in use, and keeps its new form", name);
    }
    GUP_CHECK(removed);
    return fmt::format("removed the network {}, which is made again", name);
}

// clang-format off
constexpr std::array<StepKind, 14> kinds{
    StepKind{"create",        "path uid gid [help] [entry]",                "a new folder, or a file (entry=file)",               "removes it",                                        undo_create},
    StepKind{"create_parent", "path uid gid [help]",                        "a folder around another entry",                      "removes it when it is empty",                       undo_create_parent},
    StepKind{"link",          "path from to uid gid [help]",                "a link that leads from one target to another",       "makes it lead to the old target, or removes it",    undo_link},
    StepKind{"exchange",      "path with [to made] [release before inode since [files]] uid gid [help]", "two entries that change places", "exchanges them again; late files are moved over",   undo_exchange},
    StepKind{"rename",        "path to uid gid [help] [final]",             "a rename",                                           "renames it back, unless the rename is final",       undo_rename},
    StepKind{"rewrite",       "path uid gid",                               "a new generation.json in a folder",                  "removes the temporary file; a new record stays",    undo_rewrite},
    StepKind{"git",           "path uid gid [index]",                       "a change of a repository, such as a fetch",          "removes lock files and partial packs",              undo_git},
    StepKind{"checkout",      "path from to uid gid",                       "a move of a work tree to another commit",            "moves it back to the old commit",                   undo_checkout},
    StepKind{"restart",       "unit boot [user]",                                  "a restart of the service, with the new generation",  "restarts it once more, at the end, in the same boot", no_undo},
    StepKind{"host_key",      "file line",                                  "a line in known_hosts",                              "removes that line",                                 undo_host_key},
    StepKind{"units",         "path record uid gid [user] [system]",        "the folder of a connector's units gets its next content", "puts the old content back, unless it is there",  undo_units},
    StepKind{"reload",        "uid gid [user] [system]",                    "systemd reads its units again",                      "makes it read them once more",                      undo_reload},
    StepKind{"network",       "name uid gid [user] [system]",               "a network of podman is removed, and made again by its unit", "removes it; its old unit makes it again",   undo_network},
    StepKind{"start",         "units uid gid [user] [system]",              "units of the new set are started",                   "stops those that run",                              undo_start},
};
// clang-format on

// A restored file may have to go there, so this is done last.
Status remove_empty_stores(const std::vector<JournalStep>& steps) {
    for (const JournalStep& step : steps) {
        const bool is_exchange = step.kind == kind::exchange && has_value(step, "made", "yes");
        if (!is_exchange && step.kind != kind::create) continue;
        GUP_TRY(const fs::path made, value_of(step, is_exchange ? "with" : "path"));
        remove_empty_generations_folder(made.parent_path());
    }
    return {};
}

// The undone renames, links and removals of one step must not be lost once it is noted as undone.
void flush_step(const JournalStep& step) {
    for (const char* key : {"path", "with", "to"}) {
        const auto found = step.values.find(key);
        if (found == step.values.end()) continue;
        const fs::path folder = fs::path(found->second).parent_path();
        if (folder.is_absolute() && is_folder(folder)) (void)sync_folder(folder).ok();
    }
}

Result<unsigned> number_in(const JournalStep& step, const char* key) {
    GUP_TRY(const std::string text, value_of(step, key));
    unsigned number = 0;
    const char* end = text.data() + text.size();
    if (!text.empty() && std::from_chars(text.data(), end, number).ptr == end) return number;
    return Error{ErrorCode::corrupt, fmt::format("the journal has a step {} with a wrong {}", step.kind, key), {}};
}

}  // namespace

UnitFolder unit_folder_of(const JournalStep& step, const UndoContext& context) {
    UnitFolder folder{context.connector};
    if (has_value(step, "user", "yes")) folder.user = context.owner;
    if (const auto system = step.values.find("system"); system != step.values.end()) folder.system = system->second;
    return folder;
}

std::span<const StepKind> step_kinds() {
    return kinds;
}

Result<std::string> undo_step(const JournalStep& step, const UndoContext& context) {
    const auto found =
        std::find_if(kinds.begin(), kinds.end(), [&](const StepKind& one) { return one.name == step.kind; });
    if (found != kinds.end()) return found->undo(step, context);
    return Error{ErrorCode::unsupported, "the journal has a step of an unknown kind: " + step.kind,
                 "a newer gup-agent wrote it: recover with that one"};
}

Result<std::vector<std::string>> undo_steps(const JournalRecord& record, const UndoContext& context,
                                            const std::function<void()>& on_undone) {
    std::vector<std::string> actions;
    GUP_TRY(const bool is_final, is_published(record));
    if (is_final) return actions;
    for (const JournalStep& step : plan_recovery(record).steps) {
        GUP_TRY(std::string action, undo_step(step, context));
        if (!action.empty()) actions.push_back(std::move(action));
        flush_step(step);
        on_undone();
    }
    GUP_CHECK(remove_empty_stores(record.steps));
    return actions;
}

Status finish_steps(const std::vector<JournalStep>& steps, const UndoContext& context) {
    for (const JournalStep& step : steps) {
        if (step.kind == kind::exchange && is_folder_exchange(step)) GUP_CHECK(finish_folder_exchange(step));
        if (step.kind == kind::units) GUP_CHECK(finish_unit_folder(unit_folder_of(step, context)));
    }
    return {};
}

Result<bool> is_published(const JournalRecord& record) {
    if (record.undone > 0) return false;  // what it would have renamed may be removed by now
    for (const JournalStep& step : record.steps) {
        if (step.kind != kind::rename || !has_value(step, "final", "yes")) continue;
        GUP_TRY(const std::string path, value_of(step, "path"));
        GUP_TRY(const std::string target, value_of(step, "to"));
        GUP_TRY(const Entry unfinished, entry_at(path));
        GUP_TRY(const Entry finished, entry_at(target));
        return unfinished == Entry::nothing && finished != Entry::nothing;
    }
    return false;
}

bool is_of_other_boot(const std::vector<JournalStep>& steps, const std::string& boot_id) {
    return std::ranges::any_of(steps, [&](const JournalStep& step) {
        return step.kind == kind::restart && !has_value(step, "boot", boot_id);
    });
}

RestartedUnits restarted_units(const std::vector<JournalStep>& steps, const std::string& boot_id) {
    RestartedUnits units;
    for (const JournalStep& step : steps) {
        const auto unit = value_of(step, "unit");
        if (step.kind != kind::restart || !unit.ok() || !has_value(step, "boot", boot_id)) continue;
        (has_value(step, "user", "yes") ? units.of_user : units.of_system).push_back(*unit);
    }
    return units;
}

bool has_work_tree_step(const std::vector<JournalStep>& steps) {
    return std::any_of(steps.begin(), steps.end(),
                       [](const JournalStep& step) { return step.kind == kind::checkout || step.kind == kind::git; });
}

std::map<std::string, std::string> owner_values(const Owner& owner) {
    return {{"uid", std::to_string(owner.uid)}, {"gid", std::to_string(owner.gid)}};
}

Result<Owner> owner_of_steps(const std::vector<JournalStep>& steps) {
    for (const JournalStep& step : steps) {
        if (!step.values.contains("uid")) continue;
        GUP_TRY(const unsigned uid, number_in(step, "uid"));
        return owner_with(uid);
    }
    return Error{ErrorCode::not_found, "the journal names no owner", {}};
}

Elevated elevation_of(const JournalStep& step) {
    return has_value(step, "help", "yes") ? Elevated::yes : Elevated::no;
}

}  // namespace gup

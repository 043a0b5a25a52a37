// SPDX-License-Identifier: Apache-2.0
// The kinds of step that a journal has, in one table (steps.cpp). A kind takes its steps back from what is on disk, so
// undoing a step twice is the same as undoing it once.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/journal_format.hpp"
#include "host/elevated_fs.hpp"
#include "host/owner.hpp"
#include "host/podman/podman.hpp"
#include "host/units/services.hpp"
#include "source/git/repository.hpp"
#include "util/result.hpp"

namespace gup {

namespace kind {
inline constexpr const char* create = "create";
inline constexpr const char* create_parent = "create_parent";
inline constexpr const char* link = "link";
inline constexpr const char* exchange = "exchange";
inline constexpr const char* rename = "rename";
inline constexpr const char* rewrite = "rewrite";
inline constexpr const char* git = "git";
inline constexpr const char* checkout = "checkout";
inline constexpr const char* restart = "restart";
inline constexpr const char* host_key = "host_key";
inline constexpr const char* units = "units";
inline constexpr const char* reload = "reload";
inline constexpr const char* network = "network";
inline constexpr const char* start = "start";
}  // namespace kind

struct UnitFolder;

// After a crash, the agent removes the locks that git left. After a failure these may be another git's.
enum class UndoReason : std::uint8_t { crash, failure };

struct UndoContext {
    GitUser user;
    Owner owner;
    UndoReason reason = UndoReason::crash;
    bool has_connector = true;  // false: its folder is gone, and a work tree in it cannot be moved back
    std::string connector{};
    Systemd systemd{};  // for units of stacks
    Podman podman{};
};

struct StepKind {
    std::string_view name;
    std::string_view keys;    // the values of a step; those in brackets may be missing
    std::string_view before;  // the step is written before this is done
    std::string_view undone;  // what undoing does
    Result<std::string> (*undo)(const JournalStep& step, const UndoContext& context);
};
[[nodiscard]] std::span<const StepKind> step_kinds();

// Undoes one step, as the connector's owner. Returns what was done, for people; empty: nothing worth a line. Fails when
// it cannot be undone, or would cost a person's work: then no step before it may be undone either.
[[nodiscard]] Result<std::string> undo_step(const JournalStep& step, const UndoContext& context);
// The same for all of a transaction that are not undone yet, the last one first. `on_undone` is called when a step is
// undone, on the disk as well: a step that is undone again after an earlier one may meet another state. Nothing once the
// final rename was made.
[[nodiscard]] Result<std::vector<std::string>> undo_steps(const JournalRecord& record, const UndoContext& context,
                                                          const std::function<void()>& on_undone);
// After the commit: removes what only the way back needed.
[[nodiscard]] Status finish_steps(const std::vector<JournalStep>& steps, const UndoContext& context);

// True when the last rename of an addition was made: then nothing is undone any more.
[[nodiscard]] Result<bool> is_published(const JournalRecord& record);
// The units that were restarted in this boot: they run what is being undone.
struct RestartedUnits {
    std::vector<std::string> of_system;
    std::vector<std::string> of_user;  // of the owner's own manager
};
[[nodiscard]] RestartedUnits restarted_units(const std::vector<JournalStep>& steps, const std::string& boot_id);
// True when a service was to be restarted, and the machine was booted since.
[[nodiscard]] bool is_of_other_boot(const std::vector<JournalStep>& steps, const std::string& boot_id);
// The folder of units that a step is about.
[[nodiscard]] UnitFolder unit_folder_of(const JournalStep& step, const UndoContext& context);
// True for a record with a step in the connector's own work tree.
[[nodiscard]] bool has_work_tree_step(const std::vector<JournalStep>& steps);

// The values by which a step names its owner, and the owner that the steps name. Fails with not_found when none does,
// corrupt when the values are wrong.
[[nodiscard]] std::map<std::string, std::string> owner_values(const Owner& owner);
[[nodiscard]] Result<Owner> owner_of_steps(const std::vector<JournalStep>& steps);
// `yes` when the step is in a folder in which the agent may help its owner.
[[nodiscard]] Elevated elevation_of(const JournalStep& step);

}  // namespace gup

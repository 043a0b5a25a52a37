// SPDX-License-Identifier: Apache-2.0
// The plan: the ordered steps from the observed to the declared state. Pure; `check` prints it, `now` executes it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/declaration/gupfile.hpp"
#include "core/disk_need.hpp"
#include "core/drift.hpp"
#include "core/observed.hpp"
#include "core/report.hpp"

namespace gup {

// The relation of the upstream to HEAD.
enum class Relation : std::uint8_t {
    same,
    behind,    // HEAD is an ancestor of the upstream: fast-forward
    replaced,  // a source has another revision than the one that runs, and it replaces the running one in any case
    ahead,     // the upstream is an ancestor of HEAD: local commits, nothing to do
    diverged,  // neither
    rewound,   // the upstream was moved back or rewritten since the last fetch
    unknown,   // unknown (remote unreachable, condition not ready)
};

struct CodeTarget {
    Relation relation = Relation::unknown;
    std::string commit;                  // the upstream's, 40 hex digits; of a source its revision's id
    std::size_t commits = 0;             // so many commits behind (0: unknown)
    std::vector<std::string> conflicts;  // paths whose changes would be lost; then nothing is moved
    DiskNeed need;                       // disk space for the move, before old files are removed (behind only)
};

struct FastForward {
    std::string branch;
    std::string from;
    std::string to;
    std::size_t commits = 0;
    DiskNeed need{};
    friend bool operator==(const FastForward&, const FastForward&) = default;
};
// A release is made of another revision of the connector's source.
struct DeployRevision {
    std::string source;  // for people
    std::string from;    // the revision that runs; empty: none
    std::string to;
    friend bool operator==(const DeployRevision&, const DeployRevision&) = default;
};
struct UpdateSubmodules {
    friend bool operator==(const UpdateSubmodules&, const UpdateSubmodules&) = default;
};
// The running release is copied to the plain folder again, which lacks files of it.
struct RestoreFolder {
    std::string path;
    std::string damage;  // "/var/deploy/current is gone"
    friend bool operator==(const RestoreFolder&, const RestoreFolder&) = default;
};
struct CreateVirtualenv {
    std::string path;
    std::string because{};  // the defect of the one that it replaces; empty: there is none
    friend bool operator==(const CreateVirtualenv&, const CreateVirtualenv&) = default;
};

struct InstallPins {
    std::vector<Drift> pins;
    friend bool operator==(const InstallPins&, const InstallPins&) = default;
};

// What a lock file does not name is removed from the new virtualenv.
struct RemovePackages {
    std::vector<InstalledPackage> packages;
    friend bool operator==(const RemovePackages&, const RemovePackages&) = default;
};

// The stacks of this revision are looked at: what runs was made with other settings, or they never ran.
struct UpdateStacks {
    std::string changes{};  // "gw (services/gw/compose.yaml)"; empty: not known yet
    friend bool operator==(const UpdateStacks&, const UpdateStacks&) = default;
};

using Step = std::variant<FastForward, DeployRevision, UpdateSubmodules, CreateVirtualenv, InstallPins, RemovePackages,
                          RestoreFolder, UpdateStacks>;

struct Plan {
    std::vector<Step> steps;        // in the order of execution
    std::vector<Problem> problems;  // of the gupfile, reported with the plan
    std::string code_blocked;       // why the code stays although there is a newer revision; empty: not blocked
    std::string code_hint;
    std::string pins_blocked;  // why the pins cannot be installed; empty: not blocked
    std::string pins_hint;
    std::optional<std::size_t> told_problem;  // which of `problems` pins_blocked says already
    std::vector<HeldPin> held_back;           // pins that are not satisfied, and known not to be available
    std::vector<std::string> notes;  // information that changes nothing ("2 local commits are not on origin/main")

    [[nodiscard]] bool empty() const { return steps.empty(); }
};

struct PlanOptions {
    bool create_virtualenv = false;  // the configuration's create-venv
    std::vector<HeldPin> held_back;  // pins known not to be available: not tried again now
    bool prune = false;              // the configuration's prune
};

// `gupfile` is the one of target.commit, which is in force after the plan's FastForward.
[[nodiscard]] Plan make_plan(const Gupfile& gupfile, const ObservedCode& code, const CodeTarget& target,
                             const ObservedVirtualenv& virtualenv, const PlanOptions& options);

// "the virtualenv … cannot be used: …"
[[nodiscard]] std::string broken_virtualenv(const std::string& path, const std::string& defect);

// Nothing is done now. A virtualenv that was to be made anew still cannot run.
void drop_steps(Plan& plan);

// Whether it changes the code.
[[nodiscard]] bool is_of_code(const Step& step);
// The revision that the code is of afterwards; empty when the step does not move it.
[[nodiscard]] std::string moves_to(const Step& step);

// One line for people: "fast-forward main 1a2b3c4 → e9b167f (3 commits)", "install paho-mqtt==1.3.1 (installed: 1.3.0)".
[[nodiscard]] std::string display(const Step& step);
// The same once it is done: "updated code c5ed50c → 182ccfe (main, 3 commits)", "installed paho-mqtt 1.6.1".
[[nodiscard]] std::string display_done(const Step& step);

}  // namespace gup

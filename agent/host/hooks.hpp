// SPDX-License-Identifier: Apache-2.0
// Programs of the operator or of a connector that run before and after an update.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/owner.hpp"
#include "util/clock.hpp"
#include "util/process/process.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// ready: asks whether the connector may be updated now. Only connectors have such a program. post_run: after a whole run;
// only the operator has these.
enum class HookPhase : std::uint8_t { pre_update, post_update, ready, post_run };
// The user of a hook: this process's user for the operator's hooks, the connector's owner for its own.
enum class HookUser : std::uint8_t { agent, owner };

struct HookSettings {
    fs::path pre_update = "/etc/gup-agent/pre-update.d";
    fs::path post_update = "/etc/gup-agent/post-update.d";
    Milliseconds timeout{300'000};  // of one hook
    bool allow_privileges = false;  // the connectors' own hooks may gain them, by sudo
    fs::path folder = "/";          // the working folder of the operator's hooks
    fs::path post_run = "/etc/gup-agent/post-run.d";
};

struct Hook {
    fs::path file;
    HookUser user = HookUser::agent;
};

// Information for hooks, in their environment.
struct HookContext {
    std::string connector;  // GUP_CONNECTOR
    fs::path current;   // CURRENT_CONFIG: the folder with the new code; the working folder of a connector's own hooks
    fs::path previous;  // PREVIOUS_CONFIG: the folder with the old code; empty: none
    fs::path local;     // replaces them for the operator's hooks, if there is a mirror; empty: no replacement
    fs::path local_before;
    std::string from;        // GUP_FROM: the commit before
    std::string to;          // GUP_TO: the new commit
    std::string generation;  // GUP_GENERATION: the new one's id
    fs::path virtualenv;     // the new virtualenv, first in the $PATH of a connector's own hooks; empty: none
    Owner owner;             // the connector's
    OnStop on_stop = OnStop::end;
    fs::path operators_folder = "/";                          // the working folder of the operator's hooks
    std::vector<std::pair<std::string, std::string>> of_run;  // of post_run: all variables, in place of the above
};

struct HookResult {
    std::string name;  // the file's
    Milliseconds duration{0};
    std::string last_line;  // of its output
};

// The hooks of a phase in the order in which they run: the executable files in the configured folder, by the bytes of
// their names, then `own`, the connector's hook (a path relative to `folder`, empty: none). A missing folder has no
// hooks. Ignored are folders, names that begin with '.', and leftovers of editors and dpkg (~, .bak, .orig, .rej,
// .dpkg-*, .ucf-*). A file that is not executable is ignored with a line in the log. A worker asks
// the agent for those of the operator. Fails with permission when users other than root and this process's user could change a hook of
// the operator or a folder above it; not_found or permission when the connector's own does not exist or is not
// executable; invalid_input when it is not in the connector's folder, links followed.
[[nodiscard]] Result<std::vector<Hook>> find_hooks(HookPhase phase, const HookSettings& settings,
                                                   const std::string& own, const fs::path& folder);

// Files in a configured folder that would be hooks if they were executable.
[[nodiscard]] std::vector<fs::path> hooks_passed_over(const fs::path& folder);

// Runs them one after another until one fails. Each has no input, the allow-listed environment (util/process) with the
// values of `context`, `timeout`, and its own process group, which is killed when the hook has ended. Their output goes
// to the log, 200 lines of each. The operator's hooks run in `operators_folder`, never in a folder of another user. Fails with failed
// (it could not be started, or its status is not 0), timeout, or cancelled; the message names the file, the status and
// its last line.
[[nodiscard]] Result<std::vector<HookResult>> run_hooks(HookPhase phase, const std::vector<Hook>& hooks,
                                                        const HookContext& context, Milliseconds timeout);

// "pre-update", "post-update", "ready", "post-run"
[[nodiscard]] std::string_view to_string(HookPhase phase) noexcept;

}  // namespace gup

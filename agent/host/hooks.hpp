// Programs that the operator or a connector wants to be run around an update.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/owner.hpp"
#include "util/clock.hpp"
#include "util/process/process.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// ready: whether the connector may be updated now. Only the connector itself has such a program.
enum class HookPhase : std::uint8_t { pre_update, post_update, ready };
// As whom a hook works: the operator's as this process's user, a connector's own as the connector's owner.
enum class HookUser : std::uint8_t { agent, owner };

struct HookSettings {
    fs::path pre_update = "/etc/gup-agent/pre-update.d";
    fs::path post_update = "/etc/gup-agent/post-update.d";
    Milliseconds timeout{300'000};  // of one hook
};

struct Hook {
    fs::path file;
    HookUser user = HookUser::agent;
};

// What hooks are told of, in their environment.
struct HookContext {
    std::string connector;  // GUP_CONNECTOR
    fs::path current;       // CURRENT_CONFIG: the folder with the new code; a connector's own hooks work there
    fs::path previous;      // PREVIOUS_CONFIG: the folder with the code before it; empty: none
    fs::path local;         // what the operator's hooks are told in their place, with a plain folder; empty: those
    fs::path local_before;
    std::string from;        // GUP_FROM: the commit before
    std::string to;          // GUP_TO: the new commit
    std::string generation;  // GUP_GENERATION: the new one's id
    fs::path virtualenv;     // the new virtualenv: a connector's own hooks find its programs first; empty: none
    Owner owner;             // the connector's; the calling thread acts as it
    OnStop on_stop = OnStop::end;
};

struct HookResult {
    std::string name;  // the file's
    Milliseconds duration{0};
    std::string last_line;  // of its output
};

// The hooks of a phase in the order in which they run: the executable files in the configured folder, by the bytes of
// their names, then `own`, the connector's (a path relative to `folder`, empty: none). A folder that is not there has
// none. Left out are folders, names that begin with '.', and what editors and dpkg leave behind (~, .bak, .orig, .rej,
// .dpkg-*, .ucf-*); a file that is not executable is left out with a line in the log. Call it while acting as the
// connector's owner. Fails with permission when others than root and this process's user could change a hook of the
// operator, a folder above it included; not_found or permission when the connector's own is not there or not
// executable; invalid_input when it is not in the connector's folder, links followed.
[[nodiscard]] Result<std::vector<Hook>> find_hooks(HookPhase phase, const HookSettings& settings,
                                                   const std::string& own, const fs::path& folder);

// Files in a configured folder that would be hooks if they were executable.
[[nodiscard]] std::vector<fs::path> hooks_passed_over(const fs::path& folder);

// Runs them one after another until one fails. Each has no input, the allow-listed environment (util/process) and what
// `context` says, `timeout`, and a process group of its own, of which nothing is left when it has ended. Their output
// goes to the log, 200 lines of each. The operator's work in "/", not in a folder that belongs to somebody else.
// Fails with failed (it could not be started, or ended with another status than 0), timeout, or cancelled; the message
// names the file, the status and its last line.
[[nodiscard]] Result<std::vector<HookResult>> run_hooks(HookPhase phase, const std::vector<Hook>& hooks,
                                                        const HookContext& context, Milliseconds timeout);

// "pre-update", "post-update", "ready"
[[nodiscard]] std::string_view to_string(HookPhase phase) noexcept;

}  // namespace gup

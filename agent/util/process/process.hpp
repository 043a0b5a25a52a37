// SPDX-License-Identifier: Apache-2.0
// The one process runner (Boost.Process): argv, never a shell; a time limit; the whole process group ends with it.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "util/clock.hpp"
#include "util/result.hpp"

namespace gup {

// The treatment of processes of the child's group that still run when the child has ended.
enum class Survivors : bool { left, killed };

// The effect of a stop of this program (util/sys/signals) on the child.
enum class OnStop : bool { end, go_on };

// Where both outputs of the child go: to pipes that this program reads, or to this program's own.
enum class ChildOutput : bool { read, shown };

struct ProcessRequest {
    std::vector<std::string> argv;                             // argv[0]: a path, or a name searched in $PATH
    std::vector<std::pair<std::string, std::string>> set_env;  // on top of this process's environment, without the
                                                               // variables that name a git's repository
    std::vector<std::string> unset_env;
    std::filesystem::path folder;  // working folder; empty: this process's
    std::string input;             // for standard input; then it is closed
    Milliseconds timeout{600'000};
    Survivors survivors = Survivors::left;
    OnStop on_stop = OnStop::end;
    ChildOutput output = ChildOutput::read;
    std::size_t output_limit = 256U << 10U;              // bytes kept per stream: the last ones
    std::function<void(std::string_view line)> on_line;  // called for each line of both outputs; may be empty
};

struct ProcessResult {
    int exit_code = 0;  // 128 + signal when a signal ended it
    std::string out;    // the last output_limit bytes
    std::string err;
    Milliseconds duration{0};

    [[nodiscard]] bool success() const noexcept { return exit_code == 0; }
};

// Runs it and waits. A non-zero exit is a result, not an error. Fails with not_found (no such program), timeout
// (SIGTERM to the group, 5 s later SIGKILL), cancelled (stop requested; ended the same way), or failed. The child: own
// process group, default signal handlers and mask, no descriptor but 0, 1, 2, SIGKILL when the calling thread dies; it
// has this process's user and group, and, for a connector's owner, only the allow-listed
// environment. The command line and the duration go to the debug log; never the environment.
[[nodiscard]] Result<ProcessResult> run_process(const ProcessRequest& request);

// argv joined for a log line, quoted where needed, URLs masked.
[[nodiscard]] std::string display_command(const std::vector<std::string>& argv);
// For execv: their addresses, and a null pointer behind them.
[[nodiscard]] std::vector<char*> c_strings(std::vector<std::string>& texts);
// The path of `program` as execvp would find it; empty if it is not found.
[[nodiscard]] std::filesystem::path find_program(std::string_view program);

}  // namespace gup

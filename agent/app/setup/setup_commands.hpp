// SPDX-License-Identifier: Apache-2.0
// Commands for the agent itself: facts for a helper, its removal, and the step from the bash script.
#pragma once

#include "app/cli/command_line.hpp"
#include "app/config/config.hpp"

namespace gup {

// 0: the file was written; 2: it was not.
[[nodiscard]] ExitCode support_command(const CommandLine& line, const Config& config);

// 0: removed, or shown without --yes; 2, 3: not possible.
[[nodiscard]] ExitCode self_uninstall_command(const CommandLine& line, const Config& config);

// 0: the crontab was changed; 1: no line starts the script; 2: an error.
[[nodiscard]] ExitCode import_script_command(const CommandLine& line, const Config& config);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// See docs/ and the man page for the command line.
#pragma once

#include "app/cli/command_line.hpp"
#include "app/config/config.hpp"

namespace gup {

// Does what repo-deploy does: once, or as a daemon. `sources` are the agent's; gup-agent.toml is not read.
[[nodiscard]] ExitCode deploy_command(CommandLine line, const ConfigSources& sources);

// Prints the configuration that deploy_command uses.
[[nodiscard]] ExitCode import_command(const CommandLine& line, const ConfigSources& sources);

}  // namespace gup

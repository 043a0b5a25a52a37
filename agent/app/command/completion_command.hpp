// SPDX-License-Identifier: Apache-2.0
// `completion` and the hidden command behind it, which the shells ask for names and ids.
#pragma once

#include "app/cli/command_line.hpp"
#include "app/config/config.hpp"

namespace gup {

[[nodiscard]] ExitCode completion_command(const CommandLine& line);

// One name or id a line, from the names of files and folders alone: no record of an owner is read. A wrong configuration is
// no error, as a shell would print it into the line that a person types.
[[nodiscard]] ExitCode complete_command(const CommandLine& line, const ConfigSources& sources);

}  // namespace gup

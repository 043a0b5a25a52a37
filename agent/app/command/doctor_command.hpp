// SPDX-License-Identifier: Apache-2.0
// See docs/ and the man page for the command line.
#pragma once

#include "app/cli/command_line.hpp"
#include "app/config/config.hpp"

namespace gup {

// Also works with a wrong configuration, and reports it first.
[[nodiscard]] ExitCode doctor_command(const CommandLine& line, const ConfigSources& sources);

}  // namespace gup

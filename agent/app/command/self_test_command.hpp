// SPDX-License-Identifier: Apache-2.0
// See docs/ and the man page for the command line.
#pragma once

#include "app/cli/command_line.hpp"
#include "app/config/config.hpp"

namespace gup {

// Changes nothing. Its first line is "gup-agent <version>"; the old agent reads this line and the exit code.
[[nodiscard]] ExitCode self_test_command(const CommandLine& line, const Config& config);

}  // namespace gup

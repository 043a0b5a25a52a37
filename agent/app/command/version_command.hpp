// SPDX-License-Identifier: Apache-2.0
// See docs/ and the man page for the command line.
#pragma once

#include "app/cli/command_line.hpp"

namespace gup {

[[nodiscard]] ExitCode version_command(const CommandLine& line);

}  // namespace gup

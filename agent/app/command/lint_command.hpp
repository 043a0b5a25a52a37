// SPDX-License-Identifier: Apache-2.0
// lint: mistakes in declarations and configurations, for their authors and for CI.
#pragma once

#include "app/cli/command_line.hpp"

namespace gup {

// Needs neither configuration nor state. 0: no mistakes; 1: mistakes; 2: something could not be read.
[[nodiscard]] ExitCode lint_command(const CommandLine& line);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// services status: the units of stacks, their containers and images.
#pragma once

#include "app/cli/command_line.hpp"

namespace gup {

[[nodiscard]] ExitCode stack_status_command(const CommandLine& line);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// services restart: the units of stacks, with what depends on them.
#pragma once

#include "app/cli/command_line.hpp"

namespace gup {

[[nodiscard]] ExitCode restart_stacks_command(const CommandLine& line);

}  // namespace gup

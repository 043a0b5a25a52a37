// SPDX-License-Identifier: Apache-2.0
// Rows of the commands for releases: see command_table.hpp.
#pragma once

#include <vector>

#include "app/cli/command_table.hpp"

namespace gup {

[[nodiscard]] std::vector<CommandRow> release_commands();

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// Rows of all other commands: see command_table.hpp.
#pragma once

#include <vector>

#include "app/cli/command_table.hpp"

namespace gup {

[[nodiscard]] std::vector<CommandRow> other_commands();

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// Rows of the commands for containers: see command_table.hpp.
#pragma once

#include <vector>

#include "app/cli/command_table.hpp"

namespace gup {

[[nodiscard]] std::vector<CommandRow> services_commands();

}  // namespace gup

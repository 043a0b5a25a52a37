// SPDX-License-Identifier: Apache-2.0
// Rows of the commands that run the agent as a service: see command_table.hpp.
#pragma once

#include <vector>

#include "app/cli/command_table.hpp"

namespace gup {

[[nodiscard]] std::vector<CommandRow> service_commands();

}  // namespace gup

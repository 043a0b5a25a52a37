// SPDX-License-Identifier: Apache-2.0
// The rows of the commands that look at connectors, hold them or take them away.
#pragma once

#include <vector>

#include "app/cli/command_table.hpp"

namespace gup {

// history, logs, hold, unhold.
[[nodiscard]] std::vector<CommandRow> daily_look_commands();
// list, remove.
[[nodiscard]] std::vector<CommandRow> setup_look_commands();

}  // namespace gup

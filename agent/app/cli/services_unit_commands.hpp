// SPDX-License-Identifier: Apache-2.0
// The rows of the commands of the family "services" about running units.
#pragma once

#include <vector>

#include "app/cli/command_table.hpp"

namespace gup {

[[nodiscard]] std::vector<CommandRow> services_unit_commands();

}  // namespace gup

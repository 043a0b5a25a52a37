// SPDX-License-Identifier: Apache-2.0
// The commands of the family "services". They need no gateway and no configuration.
#pragma once

#include <optional>

#include "app/cli/command_line.hpp"

namespace gup {

// nullopt: the line is of another family.
[[nodiscard]] std::optional<ExitCode> services_command(const CommandLine& line);

}  // namespace gup

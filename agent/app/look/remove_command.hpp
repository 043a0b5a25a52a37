// SPDX-License-Identifier: Apache-2.0
// `remove`: shows what goes, asks, and takes the connector away.
#pragma once

#include "app/cli/command_line.hpp"
#include "app/config/config.hpp"

namespace gup {

[[nodiscard]] ExitCode remove_command(const CommandLine& line, const Config& config);

}  // namespace gup

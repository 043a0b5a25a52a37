// SPDX-License-Identifier: Apache-2.0
// `hold` and `unhold`: no run changes a connector that is on hold.
#pragma once

#include "app/cli/command_line.hpp"
#include "app/config/config.hpp"

namespace gup {

[[nodiscard]] ExitCode hold_command(const CommandLine& line, const Config& config);
[[nodiscard]] ExitCode unhold_command(const CommandLine& line, const Config& config);

}  // namespace gup

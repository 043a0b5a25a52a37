// SPDX-License-Identifier: Apache-2.0
// `status`: the state of the gateway and its connectors.
#pragma once

#include "app/cli/command_line.hpp"
#include "app/config/config.hpp"

namespace gup {

[[nodiscard]] ExitCode status_command(const CommandLine& line, const Config& config);

}  // namespace gup

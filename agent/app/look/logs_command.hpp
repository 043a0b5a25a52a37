// SPDX-License-Identifier: Apache-2.0
// `logs`: the lines of gup.log, and of the journal of a connector's service.
#pragma once

#include "app/cli/command_line.hpp"
#include "app/config/config.hpp"

namespace gup {

[[nodiscard]] ExitCode logs_command(const CommandLine& line, const Config& config);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// See docs/ and the man page for the command line.
#pragma once

#include "app/cli/command_line.hpp"
#include "app/config/config.hpp"

namespace gup {

[[nodiscard]] ExitCode self_update_command(const CommandLine& line, const Config& config);

}  // namespace gup

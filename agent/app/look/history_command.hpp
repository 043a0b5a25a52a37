// SPDX-License-Identifier: Apache-2.0
// What happened to the connectors, and what they can be brought back to.
#pragma once

#include "app/cli/command_line.hpp"
#include "app/config/config.hpp"

namespace gup {

// `history [NAME…]`: the newest first.
[[nodiscard]] ExitCode history_command(const CommandLine& line, const Config& config);
// `rollback NAME --list`.
[[nodiscard]] ExitCode generations_command(const CommandLine& line, const Config& config);
// `list`: the connectors in root.
[[nodiscard]] ExitCode list_command(const CommandLine& line, const Config& config);

}  // namespace gup

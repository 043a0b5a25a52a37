// SPDX-License-Identifier: Apache-2.0
// See docs/ and the man page for the command line.
#pragma once

#include "app/cli/command_line.hpp"
#include "app/config/config.hpp"

namespace gup {

// add, adopt, recover, rollback, and release install, enable, list, prune: under the lock, with the network, and shown
// while it runs.
[[nodiscard]] ExitCode connector_command(const CommandLine& line, const Config& config);

}  // namespace gup

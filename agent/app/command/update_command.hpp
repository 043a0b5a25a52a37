// SPDX-License-Identifier: Apache-2.0
// See docs/ and the man page for the command line.
#pragma once

#include "app/cli/command_line.hpp"
#include "app/config/config.hpp"
#include "app/config/network.hpp"

namespace gup {

// `run` and `now`; a run waits first and may reboot afterwards.
[[nodiscard]] ExitCode update_command(const CommandLine& line, const Config& config);

// The settings of a run, with the hook folders of the command line. `config` outlives them.
[[nodiscard]] UpdateSettings settings_to_switch(const CommandLine& line, const Config& config, DataUse use);

}  // namespace gup

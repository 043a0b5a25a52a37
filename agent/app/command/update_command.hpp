// See docs/ and the man page for the command line.
#pragma once

#include "app/config/command_line.hpp"
#include "app/config/config.hpp"
#include "app/config/network.hpp"

namespace gup {

// `run` and `now`; a run waits first and may reboot afterwards.
[[nodiscard]] ExitCode update_command(const CommandLine& line, const Config& config);

// The settings of a run with this network, and with the hook folders of the command line.
[[nodiscard]] UpdateSettings settings_to_switch(const CommandLine& line, const Config& config, const Network& network);

}  // namespace gup

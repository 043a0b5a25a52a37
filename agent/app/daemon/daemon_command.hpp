// See docs/ and the man page for the command line.
#pragma once

#include "app/config/command_line.hpp"
#include "app/config/config.hpp"
#include "app/config/network.hpp"

namespace gup {

// Ends with SIGTERM or SIGINT. Reads the configuration again with `load` on request. The daemon of deploy also runs at
// once.
[[nodiscard]] ExitCode daemon_command(const CommandLine& line, Config config, const ConfigLoader& load);

}  // namespace gup

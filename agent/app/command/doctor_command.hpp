// See docs/ and the man page for the command line.
#pragma once

#include "app/config/command_line.hpp"
#include "app/config/config.hpp"
#include "app/config/network.hpp"

namespace gup {

// Works with a configuration that is wrong too, and says so first.
[[nodiscard]] ExitCode doctor_command(const CommandLine& line, const ConfigSources& sources);

}  // namespace gup

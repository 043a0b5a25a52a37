// SPDX-License-Identifier: Apache-2.0
// init, schema and reference: for the authors of connectors. They need neither configuration nor state.
#pragma once

#include "app/cli/command_line.hpp"

namespace gup {

// Writes a gupfile. 0: written; 2: not.
[[nodiscard]] ExitCode init_command(const CommandLine& line);

// Prints the JSON schema of a file.
[[nodiscard]] ExitCode schema_command(const CommandLine& line);

// Makes a small gateway and shows the agent at work there.
[[nodiscard]] ExitCode demo_command(const CommandLine& line);

// Prints a page of the documentation.
[[nodiscard]] ExitCode reference_command(const CommandLine& line);

}  // namespace gup

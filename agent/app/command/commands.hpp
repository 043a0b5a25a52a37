// SPDX-License-Identifier: Apache-2.0
// Shared by all commands. Each command prints its result and returns the exit code of the program.
#pragma once

#include "app/cli/command_line.hpp"
#include "app/config/config.hpp"
#include "util/result.hpp"

namespace gup {

// The log of the configuration. Commands that change nothing do not write to the file.
void open_log(const CommandLine& line, const Config& config);

// Prints an error that ends the program, on stderr and, with --json, as an object on stdout. busy gives locked,
// anything else bad_usage.
ExitCode report_error(const CommandLine& line, const Error& error);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// Messages about the program's work on standard error.
#pragma once

#include <string>

#include "app/cli/command_line.hpp"

namespace gup {

// "gup-agent: cannot read …" and "hint: …", in colour and wrapped when standard error is a terminal.
// Between them `snippet`: the line of a file with the mistake, as it is.
void print_error(const CommandLine& line, const std::string& message, const std::string& hint,
                 const std::string& snippet = {});
// "gup-agent: …" that is no error.
void print_remark(const CommandLine& line, const std::string& message);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// The commands as a Markdown page, from the table that the command line is read with.
#pragma once

#include <string>

namespace gup {

// One heading for each command, with its usage, options, exit codes and examples. Ends with a line end.
[[nodiscard]] std::string command_reference();

}  // namespace gup

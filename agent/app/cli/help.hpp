// SPDX-License-Identifier: Apache-2.0
// The texts of help, made from the table of commands.
#pragma once

#include <cstddef>
#include <string>

#include "app/cli/command_table.hpp"

namespace gup {

// Without arguments: the commands, group by group.
[[nodiscard]] std::string short_help(std::size_t columns);
// --help: the same with options, exit codes and examples.
[[nodiscard]] std::string program_help(std::size_t columns);
// Of one command, or of a family with its commands.
[[nodiscard]] std::string command_help(const CommandRow& row, std::size_t columns);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// Errors of a wrong command line: each names the word, and the right one where there is one near it.
#pragma once

#include <string>
#include <string_view>

#include "app/cli/command_table.hpp"
#include "util/result.hpp"

namespace gup {

// A word in the place of a command. `family`: "release", or empty.
[[nodiscard]] Error unknown_command(const std::string& word, std::string_view family);
// An option that `row` does not have; nullptr: it stands before every command.
[[nodiscard]] Error unknown_option(const std::string& word, const CommandRow* row);

// The command that a person means who knows other tools: "now" for "upgrade". Empty: none.
[[nodiscard]] std::string_view command_of_other_tools(std::string_view word);

}  // namespace gup

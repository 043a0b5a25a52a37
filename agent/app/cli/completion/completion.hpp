// SPDX-License-Identifier: Apache-2.0
// The scripts of `gup-agent completion`, made from the table of commands. Names and ids are asked from the agent itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/cli/command_table.hpp"

namespace gup {

// `shell`: "bash", "zsh" or "fish".
[[nodiscard]] std::string completion_script(std::string_view shell);

// For the three scripts.

// Commands that are shown, without those of families.
[[nodiscard]] std::vector<const CommandRow*> first_words();
// "install", "enable", …: second words of the family.
[[nodiscard]] std::vector<const CommandRow*> second_words(std::string_view family);
[[nodiscard]] std::string_view second_word(const CommandRow& row);
// All options of a command that mean something, its own first.
[[nodiscard]] std::vector<const OptionRow*> all_options(const CommandRow& row);
// "connectors", "file", "words auto always never"; empty: nothing is offered.
[[nodiscard]] std::string kind_of(Takes takes, const std::vector<std::string_view>& words);
// A shell function that sets `takes` to the kind of an option's value: for bash and zsh.
[[nodiscard]] std::string value_cases();
// The same for the argument at a position.
[[nodiscard]] std::string argument_cases();
// Puts `value` in the place of each `mark` of a script's template.
void replace_marks(std::string& text, std::string_view mark, const std::string& value);

}  // namespace gup

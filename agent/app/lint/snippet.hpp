// SPDX-License-Identifier: Apache-2.0
// The line with a mistake, as a terminal shows it.
#pragma once

#include <string>
#include <string_view>

namespace gup {

// Both have the same blanks before the place, also with tabs and wide letters. Long lines are cut around it.
struct Snippet {
    std::string line;   // printable, without passwords and values of secret keys; empty: there is no such line
    std::string caret;  // blanks and '^'; empty: no column
};

// `line` and `column` are from 1, the column in bytes. A byte order mark is not counted.
[[nodiscard]] Snippet snippet_of(std::string_view text, int line, int column);

// "   12 | delay = 20s\n      |         ^\n", as messages show it; empty when there is no such line.
[[nodiscard]] std::string snippet_text(std::string_view text, int line, int column);

// A column in bytes as one in code points; both from 1.
[[nodiscard]] int column_in_characters(std::string_view text, int line, int column);

}  // namespace gup

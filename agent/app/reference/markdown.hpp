// SPDX-License-Identifier: Apache-2.0
// Parts of a Markdown page.
#pragma once

#include <string>
#include <string_view>

namespace gup {

// In backquotes; with more of them if the text has some.
[[nodiscard]] std::string markdown_code(std::string_view text);
// Values in quotation marks, with them, and words in brackets get backquotes: a size such as `"1MiB"`, below `[run]`.
[[nodiscard]] std::string markdown_prose(std::string_view text);
// Quotation marks become backquotes: what `now` does.
[[nodiscard]] std::string markdown_commands(std::string_view text);
// For a cell of a table: without line ends, and with every '|' escaped.
[[nodiscard]] std::string markdown_cell(std::string_view text);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// String literals of Python, as markers use them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gup {

// The value of '<inner>', with its escapes replaced. Nullopt when Python refuses it: a line break, NUL, a '\' at the end,
// or a wrong \x, \u or \U. \N{…} and surrogates are refused, too.
[[nodiscard]] std::optional<std::string> python_string_value(std::string_view inner);

// A literal with that value: in double quotes, or in single ones around double quotes.
[[nodiscard]] std::string python_string_literal(std::string_view value);

}  // namespace gup

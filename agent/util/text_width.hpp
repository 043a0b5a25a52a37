// SPDX-License-Identifier: Apache-2.0
// The columns that a terminal uses for a text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gup {

// 0: it is drawn over the character before it; 2: an East Asian letter or an emoji; else 1.
[[nodiscard]] std::size_t character_width(std::uint32_t code);

// Of a text without control characters. Colours (ESC [ … m) have no width; a byte that is not UTF-8 has one column.
[[nodiscard]] std::size_t text_width(std::string_view text);

// The length in bytes of a colour at the start of `text`; 0: there is none.
[[nodiscard]] std::size_t colour_length(std::string_view text);

// The longest start of `text` with at most `columns` columns; no character and no colour is cut.
[[nodiscard]] std::string_view width_prefix(std::string_view text, std::size_t columns);

}  // namespace gup

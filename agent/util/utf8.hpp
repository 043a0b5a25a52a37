// SPDX-License-Identifier: Apache-2.0
// Characters in UTF-8 (RFC 3629).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gup {

struct Utf8Character {
    std::size_t length = 0;  // bytes; 0: no UTF-8
    std::uint32_t code = 0;
};

// For a text that is not empty. Overlong forms, surrogates and codes beyond the last plane are not UTF-8.
[[nodiscard]] Utf8Character first_character(std::string_view text);

// The first byte that is no UTF-8; text.size() if there is none.
[[nodiscard]] std::size_t first_wrong_byte(std::string_view text);

// A text file that a person may have saved on another system: without the byte order mark of UTF-8. nullopt: it is UTF-16
// (or UTF-32), with or without a mark.
[[nodiscard]] std::optional<std::string_view> without_byte_order_mark(std::string_view text);
inline constexpr const char* utf16_message = "the file is UTF-16";
inline constexpr const char* utf16_hint = "save it as UTF-8";

// At most `longest` bytes of it, not cut inside of a character.
[[nodiscard]] std::string_view utf8_prefix(std::string_view text, std::size_t longest);

}  // namespace gup

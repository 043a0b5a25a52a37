// Characters in UTF-8 (RFC 3629).
#pragma once

#include <cstdint>
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

// At most `longest` bytes of it, not cut inside of a character.
[[nodiscard]] std::string_view utf8_prefix(std::string_view text, std::size_t longest);

}  // namespace gup

// What the small languages of core (gupfiles, names, versions) have in common. Private to core.
#pragma once

#include <string>
#include <string_view>

namespace gup::detail {

// As Python's str.strip() knows them, those of ASCII.
[[nodiscard]] constexpr bool is_space(char c) noexcept {
    return c == ' ' || (c >= '\t' && c <= '\r');
}
// What may stand between the words of a name (PEP 503) or a version (PEP 440): "-", "_", ".".
[[nodiscard]] constexpr bool is_separator(char c) noexcept {
    return c == '-' || c == '_' || c == '.';
}
// Without the spaces at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);
// Letters of ASCII only.
[[nodiscard]] std::string lower(std::string_view text);

}  // namespace gup::detail

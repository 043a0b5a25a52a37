// SPDX-License-Identifier: Apache-2.0
// Small text functions. Letters and digits are those of ASCII; blanks are those that Python's str.strip() removes:
// space, and from tab to CR.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gup {

[[nodiscard]] constexpr bool is_blank(char c) noexcept {
    return c == ' ' || (c >= '\t' && c <= '\r');
}
[[nodiscard]] constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
[[nodiscard]] constexpr bool is_letter_or_digit(char c) noexcept {
    return is_letter(c) || is_digit(c);
}
// -1 for any other character.
[[nodiscard]] constexpr int hex_value(char c) noexcept {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Up to the first newline, without it.
[[nodiscard]] std::string_view first_line(std::string_view text);
// The last line that is not blank, without blanks at its end; empty if there is none. The last line of a failed program
// mostly has the reason.
[[nodiscard]] std::string_view last_line(std::string_view text);

// What comes before the first `end`; `text` becomes what follows it. Without an `end`: all of it.
std::string_view take_until(std::string_view& text, char end);

// The words between blanks.
[[nodiscard]] std::vector<std::string_view> words_in(std::string_view text);

// Nullopt unless all of `text` is a number of that type.
template <class Number>
[[nodiscard]] std::optional<Number> number_in(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// Without the blanks at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);
[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] inline bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b);
[[nodiscard]] bool contains_ignoring_case(std::string_view text, std::string_view part);

// One word of a shell.
[[nodiscard]] std::string shell_quoted(std::string_view text);

inline constexpr std::string_view unreserved_marks = "-._~";  // RFC 3986 (2.3)
// All but letters, digits and `marks` as %XX.
[[nodiscard]] std::string percent_encoded(std::string_view text, std::string_view marks = unreserved_marks);
// A '%' without two hexadecimal digits stays as it is.
[[nodiscard]] std::string percent_decoded(std::string_view text);

}  // namespace gup

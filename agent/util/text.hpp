// Small questions about text that several parts ask. Letters are those of ASCII; blanks are space, tab, CR and LF.
#pragma once

#include <string>
#include <string_view>

namespace gup {

// Up to the first newline, without it.
[[nodiscard]] std::string_view first_line(std::string_view text);
// The last line that is not blank, without what is blank at its end; empty when there is none. What a failed program
// says last is mostly why.
[[nodiscard]] std::string_view last_line(std::string_view text);

// Without the blanks at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);
[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] bool contains_ignoring_case(std::string_view text, std::string_view part);

}  // namespace gup

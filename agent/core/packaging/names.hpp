// SPDX-License-Identifier: Apache-2.0
// Names of Python distributions and of their extras (PEP 503, PEP 508).
#pragma once

#include <string>
#include <string_view>

namespace gup {

// Between the words of a name (PEP 503) or a version (PEP 440).
[[nodiscard]] constexpr bool is_separator(char c) noexcept {
    return c == '-' || c == '_' || c == '.';
}
// PEP 503: runs of '-', '_' and '.' become one '-', letters lower case (ASCII).
[[nodiscard]] std::string normalized_name(std::string_view name);
// True when both normalize to the same; mostly decided by their first characters.
[[nodiscard]] bool is_same_name(std::string_view one, std::string_view other);
// PEP 508: letters, digits, '.', '_', '-', beginning and ending with a letter or digit.
[[nodiscard]] bool is_distribution_name(std::string_view name);

}  // namespace gup

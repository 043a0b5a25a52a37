// SPDX-License-Identifier: Apache-2.0
// White space as Python sees it, also that of Unicode: what str.isspace() is true for.
#pragma once

#include <cstddef>
#include <string_view>

namespace gup {

// The bytes of white space that `text` begins with.
[[nodiscard]] std::size_t python_space_at_start(std::string_view text);
// The bytes before the first white space.
[[nodiscard]] std::size_t python_word_at_start(std::string_view text);
// Without white space at both ends, as str.strip().
[[nodiscard]] std::string_view python_trimmed(std::string_view text);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// Git's patterns for paths, URLs and branches.
#pragma once

#include <cstdint>
#include <string_view>

namespace gup::git {

enum class Letters : std::uint8_t { exact, any_case };

// True if `text` fits `pattern`: "*" and "?" do not match a slash, "**" between slashes matches any number of parts,
// "[a-z]", "[!a]" and "[[:digit:]]" one letter, and a backslash takes the next letter as it is.
[[nodiscard]] bool wild_matches(std::string_view pattern, std::string_view text, Letters letters = Letters::exact);

}  // namespace gup::git

// SPDX-License-Identifier: Apache-2.0
// Commit ids as people read them.
#pragma once

#include <string>
#include <string_view>

namespace gup {

// The first 7 digits.
[[nodiscard]] inline std::string short_id(std::string_view commit) {
    return std::string(commit.substr(0, 7));
}

}  // namespace gup

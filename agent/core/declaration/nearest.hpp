// SPDX-License-Identifier: Apache-2.0
// "Did you mean …?"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gup {

// The word of `known` nearest to `word` (inserted, left out, replaced or swapped letters; case aside; the first of
// several); empty if none is similar enough.
[[nodiscard]] std::string nearest(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace gup

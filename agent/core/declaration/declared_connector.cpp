// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/declared_connector.hpp"

#include <algorithm>

namespace gup {

bool is_s3_region(std::string_view text) noexcept {
    constexpr std::size_t longest = 40;
    const auto is_part = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    return !text.empty() && text.size() <= longest && text.front() != '-' && text.back() != '-' &&
           std::all_of(text.begin(), text.end(), is_part);
}

}  // namespace gup

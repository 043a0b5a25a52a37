// SPDX-License-Identifier: Apache-2.0
#include "core/release_order.hpp"

#include <algorithm>

#include "core/packaging/version.hpp"

namespace gup {
namespace {

bool is_digit_of_id(char c) {
    return c >= '0' && c <= '9';
}

// The number at the beginning of `text`, without leading zeros.
std::string_view take_number(std::string_view& text) {
    const auto* const end = std::find_if_not(text.begin(), text.end(), is_digit_of_id);
    std::string_view number = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(number.size());
    while (number.size() > 1 && number.front() == '0') number.remove_prefix(1);
    return number;
}

// Below, equal to or above 0.
int compare_ids(std::string_view a, std::string_view b) {
    while (!a.empty() && !b.empty()) {
        if (is_digit_of_id(a.front()) && is_digit_of_id(b.front())) {
            const std::string_view left = take_number(a);
            const std::string_view right = take_number(b);
            if (left.size() != right.size()) return left.size() < right.size() ? -1 : 1;
            if (const int order = left.compare(right); order != 0) return order;
            continue;
        }
        if (a.front() != b.front()) {
            return static_cast<unsigned char>(a.front()) < static_cast<unsigned char>(b.front()) ? -1 : 1;
        }
        a.remove_prefix(1);
        b.remove_prefix(1);
    }
    return static_cast<int>(!a.empty()) - static_cast<int>(!b.empty());
}

}  // namespace

bool is_later_id(std::string_view a, std::string_view b) {
    const auto left = Version::parse(a);
    const auto right = Version::parse(b);
    if (left.has_value() != right.has_value()) return left.has_value();
    if (left && *left != *right) return *left > *right;
    const int order = compare_ids(a, b);
    return order != 0 ? order > 0 : a > b;
}

void sort_releases(std::vector<Generation>& releases, ReleaseOrder order) {
    std::stable_sort(releases.begin(), releases.end(), [&](const Generation& a, const Generation& b) {
        return order == ReleaseOrder::version ? is_later_id(a.id, b.id) : a.sequence > b.sequence;
    });
}

}  // namespace gup

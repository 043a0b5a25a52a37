// SPDX-License-Identifier: Apache-2.0
#include "core/packaging/names.hpp"

#include <algorithm>

#include "util/text.hpp"

namespace gup {
namespace {

// The next character of a name's normalized form, from either end; moves past the characters that it replaces.
template <class Iterator>
char next_normalized(Iterator& position, Iterator end) {
    const char c = *position++;
    if (!is_separator(c)) return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    while (position != end && is_separator(*position)) ++position;
    return '-';
}

}  // namespace

std::string normalized_name(std::string_view name) {
    std::string out;
    out.reserve(name.size());
    for (auto position = name.begin(); position != name.end();) out += next_normalized(position, name.end());
    return out;
}

bool is_same_name(std::string_view one, std::string_view other) {
    // From their ends: the names of one family begin alike.
    auto in_one = one.rbegin();
    auto in_other = other.rbegin();
    while (in_one != one.rend() && in_other != other.rend()) {
        if (next_normalized(in_one, one.rend()) != next_normalized(in_other, other.rend())) return false;
    }
    return in_one == one.rend() && in_other == other.rend();
}

bool is_distribution_name(std::string_view name) {
    return !name.empty() && is_letter_or_digit(name.front()) && is_letter_or_digit(name.back()) &&
           std::all_of(name.begin(), name.end(), [](char c) { return is_letter_or_digit(c) || is_separator(c); });
}

}  // namespace gup

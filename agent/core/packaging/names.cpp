#include "core/packaging/names.hpp"

#include <algorithm>

#include "util/text.hpp"

namespace gup {
namespace {

// The next character of a name's normalized form; moves past the characters that it replaces.
char next_normalized(std::string_view name, std::size_t& position) {
    const char c = name[position++];
    if (!is_separator(c)) return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    while (position < name.size() && is_separator(name[position])) ++position;
    return '-';
}

}  // namespace

std::string normalized_name(std::string_view name) {
    std::string out;
    out.reserve(name.size());
    for (std::size_t position = 0; position < name.size();) out += next_normalized(name, position);
    return out;
}

bool is_same_name(std::string_view one, std::string_view other) {
    std::size_t in_one = 0, in_other = 0;
    while (in_one < one.size() && in_other < other.size()) {
        if (next_normalized(one, in_one) != next_normalized(other, in_other)) return false;
    }
    return in_one == one.size() && in_other == other.size();
}

bool is_distribution_name(std::string_view name) {
    return !name.empty() && is_letter_or_digit(name.front()) && is_letter_or_digit(name.back()) &&
           std::all_of(name.begin(), name.end(), [](char c) { return is_letter_or_digit(c) || is_separator(c); });
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "util/real_number.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "util/text.hpp"

namespace gup {
namespace {

// d.ddde±XX
std::string scientific(double number, int decimals) {
    std::array<char, 40> text{};
    const int length = std::snprintf(text.data(), text.size(), "%.*e", decimals, number);
    return {text.data(), static_cast<std::size_t>(length)};
}

// Without an exponent: `digits` with the point after the first `exponent` + 1 of them.
std::string with_point(std::string digits, int exponent) {
    if (exponent < 0) return "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
    const std::size_t whole = static_cast<std::size_t>(exponent) + 1;
    if (digits.size() <= whole) return digits + std::string(whole - digits.size(), '0');
    return digits.insert(whole, 1, '.');
}

}  // namespace

std::optional<double> real_number_in(std::string_view text) {
    const std::string_view first = text.substr(text.starts_with('-') ? 1 : 0);
    if (first.empty() || first.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return std::nullopt;
    if (!is_digit(first.front()) && first.front() != '.') return std::nullopt;
    const std::string copy(text);
    char* end = nullptr;
    const double number = std::strtod(copy.c_str(), &end);
    if (end != copy.c_str() + copy.size() || std::isinf(number)) return std::nullopt;
    return number;
}

std::string shortest(double number) {
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number < 0 ? "-Inf" : "+Inf";
    std::string text;
    for (int decimals = 0; decimals < std::numeric_limits<double>::max_digits10; ++decimals) {
        text = scientific(number, decimals);
        if (std::strtod(text.c_str(), nullptr) == number) break;
    }
    const std::size_t e = text.find('e');
    const int exponent = std::atoi(text.c_str() + e + 1);
    if (number != 0 && (exponent < -4 || exponent >= 21)) return text;
    std::string digits = text.substr(0, e);
    const std::string sign = digits.starts_with('-') ? "-" : "";
    std::erase_if(digits, [](char c) { return c == '-' || c == '.'; });
    return sign + with_point(digits, exponent);
}

}  // namespace gup

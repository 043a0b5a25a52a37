// SPDX-License-Identifier: Apache-2.0
#include "core/compose/text/quantities.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "util/real_number.hpp"
#include "util/text.hpp"

namespace gup::compose {
namespace {

using Seconds = std::chrono::duration<double>;

struct DurationUnit {
    std::string_view name;
    double seconds;
};

constexpr std::array<DurationUnit, 9> duration_units{{{"ns", 1e-9},
                                                      {"us", 1e-6},
                                                      {"\xc2\xb5s", 1e-6},
                                                      {"ms", 1e-3},
                                                      {"s", 1},
                                                      {"m", 60},
                                                      {"h", 3600},
                                                      {"d", 86'400},
                                                      {"w", 604'800}}};
constexpr double longest_duration = 10 * 366 * 86'400.0;

// Takes "12" or "1.5" from the beginning.
std::optional<double> take_number(std::string_view& text) {
    std::size_t length = 0;
    while (length < text.size() && (is_digit(text[length]) || text[length] == '.')) ++length;
    const auto number = real_number_in(text.substr(0, length));
    if (!number || text.front() == '.') return std::nullopt;
    text.remove_prefix(length);
    return number;
}

std::optional<std::uint64_t> integer_of(std::string_view digits, int base) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return number;
}

std::optional<std::string> canonical_integer(std::string_view sign, std::string_view digits) {
    constexpr std::uint64_t largest = std::uint64_t{1} << 63U;
    int base = 10;
    if (digits.starts_with("0x") || digits.starts_with("0X")) base = 16;
    if (digits.starts_with("0o") || digits.starts_with("0O")) base = 8;
    if (digits.starts_with("0b") || digits.starts_with("0B")) base = 2;
    if (base != 10) {
        digits.remove_prefix(2);
    } else if (digits.size() > 1 && digits.front() == '0' && integer_of(digits, 8)) {
        base = 8;
    } else if (digits.size() > 1 && digits.front() == '0') {
        return std::nullopt;  // "08": a real to docker
    }
    const auto number = integer_of(digits, base);
    if (!number || (sign == "-" && *number > largest)) return std::nullopt;
    return fmt::format("{}{}", sign == "-" && *number != 0 ? "-" : "", *number);
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_compose_duration(std::string_view text) {
    if (text == "0") return std::chrono::milliseconds{0};
    double seconds = 0;
    if (text.empty()) return std::nullopt;
    while (!text.empty()) {
        const auto number = take_number(text);
        if (!number) return std::nullopt;
        std::size_t length = 0;
        while (length < text.size() && !is_digit(text[length])) ++length;
        const std::string_view name = text.substr(0, length);
        const auto unit = std::find_if(duration_units.begin(), duration_units.end(),
                                       [&](const DurationUnit& one) { return one.name == name; });
        if (unit == duration_units.end()) return std::nullopt;
        seconds += *number * unit->seconds;
        if (!(seconds <= longest_duration)) return std::nullopt;
        text.remove_prefix(length);
    }
    return std::chrono::round<std::chrono::milliseconds>(Seconds{seconds});
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
    constexpr std::string_view prefixes = "kmgtp";
    constexpr double largest = 9e18;
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    if (text.starts_with(' ')) text.remove_prefix(1);
    std::string unit = lower(text);
    double factor = 1;
    if (!unit.empty() && prefixes.find(unit.front()) != std::string_view::npos) {
        factor = std::ldexp(1.0, 10 * static_cast<int>(prefixes.find(unit.front()) + 1));
        unit.erase(0, 1);
        if (unit.starts_with('i')) unit.erase(0, 1);
    }
    if (!unit.empty() && unit != "b") return std::nullopt;
    const double bytes = *number * factor;
    if (!(bytes <= largest)) return std::nullopt;
    return static_cast<std::uint64_t>(bytes);
}

std::optional<std::string> canonical_number(std::string_view text) {
    std::string plain(text);
    std::erase(plain, '_');
    if (plain.empty() || text.front() == '_') return std::nullopt;
    std::string_view rest = plain;
    const std::string_view sign = rest.front() == '+' || rest.front() == '-' ? rest.substr(0, 1) : std::string_view{};
    rest.remove_prefix(sign.size());
    if (rest.empty() || (!is_digit(rest.front()) && rest.front() != '.')) return std::nullopt;
    const bool is_exact = std::all_of(rest.begin(), rest.end(), [](char c) { return is_letter_or_digit(c); });
    if (is_exact) {
        if (auto integer = canonical_integer(sign, rest)) return integer;
    }
    const std::string word = lower(rest);
    if (word == ".inf") return shortest(sign == "-" ? -HUGE_VAL : HUGE_VAL);
    if (word == ".nan" && sign.empty()) return shortest(std::nan(""));
    if (word.find_first_not_of("0123456789.e+-") != std::string::npos) return std::nullopt;
    if (const auto number = real_number_in(word)) return shortest(sign == "-" ? -*number : *number);
    return std::nullopt;
}

std::optional<std::vector<std::string>> command_words(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    bool has_word = false;
    char quote = '\0';
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '\\' && quote != '\'') {
            if (++at == text.size()) return std::nullopt;
            if (quote == '"' && std::string_view("\"\\$`").find(text[at]) == std::string_view::npos) word += '\\';
            word += text[at];
            has_word = true;
        } else if (quote != '\0') {
            if (c == quote) {
                quote = '\0';
            } else {
                word += c;
            }
        } else if (c == '\'' || c == '"') {
            quote = c;
            has_word = true;
        } else if (is_blank(c)) {
            if (has_word) words.push_back(std::move(word));
            word.clear();
            has_word = false;
        } else {
            word += c;
            has_word = true;
        }
    }
    if (quote != '\0') return std::nullopt;
    if (has_word) words.push_back(std::move(word));
    return words;
}

}  // namespace gup::compose

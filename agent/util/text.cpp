#include "util/text.hpp"

#include <algorithm>

namespace gup {
namespace {

constexpr std::string_view blanks = " \t\r\n";

char lower_letter(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::string_view first_line(std::string_view text) {
    return text.substr(0, text.find('\n'));
}

std::string_view last_line(std::string_view text) {
    const auto end = text.find_last_not_of(blanks);
    if (end == std::string_view::npos) return {};
    text = text.substr(0, end + 1);
    const auto newline = text.rfind('\n');
    return newline == std::string_view::npos ? text : text.substr(newline + 1);
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), lower_letter);
    return out;
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
    if (part.empty()) return true;
    const auto same = [](char a, char b) { return lower_letter(a) == lower_letter(b); };
    return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

}  // namespace gup

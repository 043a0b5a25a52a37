// SPDX-License-Identifier: Apache-2.0
#include "core/packaging/python_space.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "util/utf8.hpp"

namespace gup {
namespace {

constexpr std::array<std::uint32_t, 8> spaces_beyond_ascii{0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000};

constexpr std::size_t longest_character = 4;

bool is_python_space(std::uint32_t code) {
    if (code < 0x80) return code == ' ' || (code >= '\t' && code <= '\r') || (code >= 0x1C && code <= 0x1F);
    if (code >= 0x2000 && code <= 0x200A) return true;
    return std::find(spaces_beyond_ascii.begin(), spaces_beyond_ascii.end(), code) != spaces_beyond_ascii.end();
}

// The bytes of the last character; 1 for what is no UTF-8.
std::size_t length_of_last(std::string_view text) {
    for (std::size_t length = 1; length <= std::min<std::size_t>(3, text.size()); ++length) {
        if (first_character(text.substr(text.size() - length)).length == length) return length;
    }
    return 1;
}

}  // namespace

std::size_t python_space_at_start(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const Utf8Character character = first_character(text.substr(at));
        if (character.length == 0 || !is_python_space(character.code)) break;
        at += character.length;
    }
    return at;
}

std::size_t python_word_at_start(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size() && python_space_at_start(text.substr(at, longest_character)) == 0) ++at;
    return at;
}

std::string_view python_trimmed(std::string_view text) {
    text.remove_prefix(python_space_at_start(text));
    while (!text.empty()) {
        const std::size_t length = length_of_last(text);
        const std::string_view last = text.substr(text.size() - length);
        if (python_space_at_start(last) != length) break;
        text.remove_suffix(length);
    }
    return text;
}

}  // namespace gup

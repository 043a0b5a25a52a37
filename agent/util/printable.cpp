// SPDX-License-Identifier: Apache-2.0
#include "util/printable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

#include "util/utf8.hpp"

namespace gup {
namespace {

struct Range {
    std::uint32_t first;
    std::uint32_t last;
};

// Unicode 15.0: the categories Cf, Zl and Zp.
constexpr std::array<Range, 21> formatting{{
    {0xAD, 0xAD},       {0x600, 0x605},     {0x61C, 0x61C},     {0x6DD, 0x6DD},     {0x70F, 0x70F},
    {0x890, 0x891},     {0x8E2, 0x8E2},     {0x180E, 0x180E},   {0x200B, 0x200F},   {0x2028, 0x202E},
    {0x2060, 0x2064},   {0x2066, 0x206F},   {0xFEFF, 0xFEFF},   {0xFFF9, 0xFFFB},   {0x110BD, 0x110BD},
    {0x110CD, 0x110CD}, {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0001, 0xE0001},
    {0xE0020, 0xE007F},
}};

bool is_formatting(std::uint32_t code) {
    const auto* after = std::upper_bound(formatting.begin(), formatting.end(), code,
                                         [](std::uint32_t one, const Range& range) { return one < range.first; });
    return after != formatting.begin() && code <= std::prev(after)->last;
}

}  // namespace

std::string printable(std::string_view line) {
    std::string text;
    text.reserve(line.size());
    while (!line.empty()) {
        const Utf8Character character = first_character(line);
        const std::size_t length = character.length == 0 ? 1 : character.length;
        if (character.length == 0) {
            text += fmt::format("\\x{:02x}", static_cast<unsigned char>(line[0]));
        } else if (character.code == '\t') {
            text += "\\t";
        } else if (character.code == '\r') {
            text += "\\r";
        } else if (character.code < 0x20 || (character.code >= 0x7F && character.code < 0xA0)) {
            text += fmt::format("\\x{:02x}", character.code);
        } else if (is_formatting(character.code)) {
            text += fmt::format("\\u{{{:x}}}", character.code);
        } else {
            text += line.substr(0, length);
        }
        line.remove_prefix(length);
    }
    return text;
}

std::string escape_formatting(std::string_view json) {
    std::string text;
    text.reserve(json.size());
    while (!json.empty()) {
        const Utf8Character character = first_character(json);
        const std::size_t length = std::max<std::size_t>(character.length, 1);
        if (!is_formatting(character.code)) {
            text += json.substr(0, length);
        } else if (character.code < 0x10000) {
            text += fmt::format("\\u{:04x}", character.code);
        } else {
            const std::uint32_t rest = character.code - 0x10000;
            text += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10U), 0xDC00 + (rest & 0x3FFU));
        }
        json.remove_prefix(length);
    }
    return text;
}

}  // namespace gup

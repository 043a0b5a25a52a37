// SPDX-License-Identifier: Apache-2.0
#include "util/text_width.hpp"

#include <algorithm>
#include <array>

#include "util/utf8.hpp"

namespace gup {
namespace {

struct CodeRange {
    std::uint32_t first;
    std::uint32_t last;
};

// Letters that a terminal shows two columns wide (Unicode's East Asian Width W and F, and emoji).
constexpr std::array<CodeRange, 16> wide{{{0x1100, 0x115F},
                                          {0x2E80, 0x303E},
                                          {0x3041, 0x33FF},
                                          {0x3400, 0x4DBF},
                                          {0x4E00, 0xA4CF},
                                          {0xA960, 0xA97F},
                                          {0xAC00, 0xD7A3},
                                          {0xF900, 0xFAFF},
                                          {0xFE30, 0xFE6F},
                                          {0xFF00, 0xFF60},
                                          {0xFFE0, 0xFFE6},
                                          {0x1F300, 0x1F64F},
                                          {0x1F680, 0x1F6FF},
                                          {0x1F900, 0x1F9FF},
                                          {0x1FA70, 0x1FAFF},
                                          {0x20000, 0x3FFFD}}};
// Marks that it draws over the letter before them.
constexpr std::array<CodeRange, 9> combining{{{0x0300, 0x036F},
                                              {0x0483, 0x0489},
                                              {0x0591, 0x05BD},
                                              {0x064B, 0x065F},
                                              {0x1AB0, 0x1AFF},
                                              {0x1DC0, 0x1DFF},
                                              {0x20D0, 0x20FF},
                                              {0xFE00, 0xFE0F},
                                              {0xFE20, 0xFE2F}}};

template <std::size_t size>
bool is_in(const std::array<CodeRange, size>& ranges, std::uint32_t code) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](const CodeRange& range) { return code >= range.first && code <= range.last; });
}

}  // namespace

std::size_t character_width(std::uint32_t code) {
    if (is_in(combining, code)) return 0;
    return is_in(wide, code) ? 2 : 1;
}

std::size_t colour_length(std::string_view text) {
    if (!text.starts_with("\x1b[")) return 0;
    const std::size_t end = text.find_first_not_of("0123456789;", 2);
    return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
}

std::string_view width_prefix(std::string_view text, std::size_t columns) {
    std::size_t at = 0;
    for (std::size_t used = 0; at < text.size();) {
        if (const std::size_t colour = colour_length(text.substr(at)); colour > 0) {
            at += colour;
            continue;
        }
        const Utf8Character character = first_character(text.substr(at));
        used += character.length == 0 ? 1 : character_width(character.code);
        if (used > columns) break;
        at += std::max<std::size_t>(1, character.length);
    }
    return text.substr(0, at);
}

std::size_t text_width(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        const std::size_t colour = colour_length(text);
        const Utf8Character character = first_character(text);
        if (colour == 0) width += character.length == 0 ? 1 : character_width(character.code);
        text.remove_prefix(colour > 0 ? colour : std::max<std::size_t>(1, character.length));
    }
    return width;
}

}  // namespace gup

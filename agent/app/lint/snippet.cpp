// SPDX-License-Identifier: Apache-2.0
#include "app/lint/snippet.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "util/mask_urls.hpp"
#include "util/printable.hpp"
#include "util/text.hpp"
#include "util/utf8.hpp"

namespace gup {
namespace {

constexpr std::size_t cells_before = 80;  // of a long line, before the place
constexpr std::size_t cells_at_most = 160;

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

// One character of the line.
struct Cell {
    std::string text;       // printable
    std::size_t width = 1;  // columns of a terminal; of a tab: not known
    std::size_t end = 0;    // the byte behind it
};

Cell next_cell(std::string_view line, std::size_t begin) {
    const Utf8Character character = first_character(line.substr(begin));
    const std::size_t length = std::max<std::size_t>(1, character.length);
    const std::string_view bytes = line.substr(begin, length);
    if (bytes == "\t") return {"\t", 1, begin + 1};
    std::string text = printable(bytes);
    std::size_t width = text.size();  // an escape is ASCII
    if (text == bytes) width = is_in(combining, character.code) ? 0 : 1;
    if (text == bytes && is_in(wide, character.code)) width = 2;
    return {std::move(text), width, begin + length};
}

std::vector<Cell> cells_of(std::string_view line) {
    std::vector<Cell> cells;
    for (std::size_t at = 0; at < line.size(); at = cells.back().end) cells.push_back(next_cell(line, at));
    return cells;
}

std::string_view line_of(std::string_view text, int number) {
    text = without_byte_order_mark(text).value_or(std::string_view{});
    for (int line = 1; line < number && !text.empty(); ++line) (void)take_until(text, '\n');
    std::string_view line = take_until(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

// Where the byte `offset` of `line` is in `masked`, which has other text where a password was.
std::size_t offset_in_masked(std::string_view line, std::string_view masked, std::size_t offset) {
    const auto same = std::mismatch(line.begin(), line.end(), masked.begin(), masked.end());
    const auto begin = static_cast<std::size_t>(same.first - line.begin());
    if (offset <= begin) return offset;
    const auto back = std::mismatch(line.rbegin(), line.rend(), masked.rbegin(), masked.rend());
    const auto kept = static_cast<std::size_t>(back.first - line.rbegin());
    const std::size_t from_end = line.size() - std::min(offset, line.size());
    return from_end <= kept && from_end <= masked.size() ? masked.size() - from_end : begin;
}

}  // namespace

Snippet snippet_of(std::string_view text, int line, int column) {
    if (line < 1) return {};
    const std::string_view raw = line_of(text, line);
    const std::string shown = mask_urls(raw);
    const std::vector<Cell> cells = cells_of(shown);
    const auto offset = offset_in_masked(raw, shown, column < 1 ? 0 : static_cast<std::size_t>(column) - 1);
    const auto place = static_cast<std::size_t>(
        std::count_if(cells.begin(), cells.end(), [&](const Cell& cell) { return cell.end <= offset; }));
    const std::size_t from = place > cells_before + cells_before / 2 ? place - cells_before : 0;
    const std::size_t to = std::min(cells.size(), from + cells_at_most);
    Snippet snippet;
    if (from > 0) snippet.line = "…", snippet.caret = " ";
    for (std::size_t i = from; i < to; ++i) {
        snippet.line += cells[i].text;
        if (i < place) snippet.caret += cells[i].text == "\t" ? "\t" : std::string(cells[i].width, ' ');
    }
    if (to < cells.size()) snippet.line += "…";
    if (column < 1) {
        snippet.caret.clear();
    } else {
        snippet.caret += "^";
    }
    return snippet;
}

int column_in_characters(std::string_view text, int line, int column) {
    const std::string_view raw = line_of(text, line);
    int characters = 1;
    for (std::size_t at = 0; at < raw.size() && at + 1 < static_cast<std::size_t>(std::max(column, 1)); ++characters) {
        at += std::max<std::size_t>(1, first_character(raw.substr(at)).length);
    }
    return characters;
}

}  // namespace gup

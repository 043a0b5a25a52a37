// SPDX-License-Identifier: Apache-2.0
#include "app/lint/snippet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "util/mask_urls.hpp"
#include "util/printable.hpp"
#include "util/text.hpp"
#include "util/text_width.hpp"
#include "util/utf8.hpp"

namespace gup {
namespace {

constexpr std::size_t cells_before = 80;  // of a long line, before the place
constexpr std::size_t cells_at_most = 160;

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
    if (text == bytes) width = character_width(character.code);
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

bool is_of_key(char letter) {
    return is_letter_or_digit(letter) || letter == '-' || letter == '_';
}

// Behind the sign that gives a value to the key whose name has `word` in it; npos: there is none.
std::size_t value_of_key_with(std::string_view line, std::string_view lowered, std::string_view word) {
    for (auto at = lowered.find(word); at != std::string_view::npos; at = lowered.find(word, at + 1)) {
        std::size_t end = at + word.size();
        while (end < line.size() && is_of_key(line[end])) ++end;
        if (end < line.size() && (line[end] == '"' || line[end] == '\'')) ++end;
        while (end < line.size() && is_blank(line[end])) ++end;
        const bool gives = end < line.size() && (line[end] == '=' || line[end] == ':');
        if (gives && line.substr(end + 1, 1) != "=") return end + 1;
    }
    return std::string_view::npos;
}

// `notify.token = ***`: the line of a wrong value must not tell it, for example in the log of a CI job.
std::string without_secrets(std::string_view line) {
    const std::string lowered = lower(line);
    std::size_t value = std::string_view::npos;
    for (const std::string_view word : {"secret", "token", "password", "passwd"}) {
        value = std::min(value, value_of_key_with(line, lowered, word));
    }
    if (value == std::string_view::npos || trimmed(line.substr(value)).empty()) return mask_urls(line);
    return mask_urls(line.substr(0, value)) + " ***";
}

}  // namespace

Snippet snippet_of(std::string_view text, int line, int column) {
    if (line < 1) return {};
    const std::string_view raw = line_of(text, line);
    const std::string shown = without_secrets(raw);
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

std::string snippet_text(std::string_view text, int line, int column) {
    const Snippet snippet = snippet_of(text, line, column);
    if (snippet.line.empty()) return {};
    std::string shown = fmt::format("{:5} | {}\n", line, snippet.line);
    if (!snippet.caret.empty()) shown += fmt::format("      | {}\n", snippet.caret);
    return shown;
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

// SPDX-License-Identifier: Apache-2.0
// Text in columns and lines that fit a terminal: alignment, wrapped lines with a hanging indent, colours by meaning.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/report.hpp"

namespace gup {

// The meaning of a text; its colour follows from that.
enum class Tone : std::uint8_t { plain, good, caution, bad, faint, strong, hint };

[[nodiscard]] Tone tone_of(Outcome outcome);
// `text` in the colour of its tone, if there is to be colour.
[[nodiscard]] std::string painted(std::string_view text, Tone tone, bool colour);

// The width of the terminal behind a descriptor. 0: it is no terminal, and lines are as long as they are.
[[nodiscard]] std::size_t columns_of(int descriptor);

// `text` in lines of at most `columns` columns; all but the first begin with `indent` spaces. A line is broken at a space,
// a word that is too long for a line behind one of "/,;&?=", and only else in its middle. Columns 0: `text` as it is.
// A newline in `text` begins another line with that indent. Nothing ends with a space or a newline.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent);

struct Cell {
    std::string text;  // printable
    Tone tone = Tone::plain;
};

// Rows whose cells are aligned, two spaces apart. The last cell of a row is wrapped below its own start, or below the row
// when the terminal is too narrow.
class Table {
public:
    // For `columns` see columns_of.
    Table(std::size_t columns, bool colour) : columns_(columns), colour_(colour) {}

    void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
    [[nodiscard]] bool empty() const { return rows_.empty(); }
    // At least so wide is the column (from 0); for rows that are printed one by one.
    void reserve(std::size_t column, std::size_t width);
    // All rows, each with its newline.
    [[nodiscard]] std::string text() const;

private:
    [[nodiscard]] std::string row_text(const std::vector<Cell>& row, const std::vector<std::size_t>& widths) const;

    std::size_t columns_;
    bool colour_;
    std::vector<std::vector<Cell>> rows_;
    std::vector<std::size_t> reserved_;
};

}  // namespace gup

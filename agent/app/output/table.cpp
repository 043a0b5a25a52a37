// SPDX-License-Identifier: Apache-2.0
#include "app/output/table.hpp"

#include <fmt/color.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "app/output/display.hpp"
#include "util/text_width.hpp"

namespace gup {
namespace {

constexpr std::size_t column_gap = 2;
constexpr std::size_t narrowest_last_cell = 20;
constexpr std::size_t indent_below = 2;

fmt::text_style style_of(Tone tone) {
    switch (tone) {
        case Tone::good:
            return fmt::fg(fmt::terminal_color::green);
        case Tone::caution:
            return fmt::fg(fmt::terminal_color::yellow);
        case Tone::bad:
            return fmt::fg(fmt::terminal_color::red) | fmt::emphasis::bold;
        case Tone::faint:
            return fmt::fg(fmt::terminal_color::bright_black);
        case Tone::strong:
            return fmt::emphasis::bold;
        case Tone::hint:
            return fmt::fg(fmt::terminal_color::cyan);
        case Tone::plain:
            break;
    }
    return {};
}

// The start of a word that is too long for a line: up to a place where a reader can put it together again.
std::string_view breakable_start(std::string_view word, std::size_t room) {
    const std::string_view fitting = width_prefix(word, room);
    const std::size_t mark = fitting.find_last_of("/,;&?=");
    if (mark != std::string_view::npos && mark > 0) return fitting.substr(0, mark + 1);
    if (!fitting.empty()) return fitting;
    return width_prefix(word, 2);  // a wide letter, and no room for it
}

class Wrapper {
public:
    Wrapper(std::size_t columns, std::size_t indent)
        : columns_(columns), indent_(columns < 4 ? 0 : std::min(indent, columns / 2)) {}

    std::string wrap(std::string_view text) {
        while (!text.empty()) {
            if (text.front() == '\n' || text.front() == ' ') {
                if (text.front() == '\n') new_line();
                if (text.front() == ' ') ++spaces_;
                text.remove_prefix(1);
                continue;
            }
            const std::string_view word = text.substr(0, text.find_first_of(" \n"));
            add(word);
            text.remove_prefix(word.size());
        }
        return std::move(out_);
    }

private:
    void add(std::string_view word) {
        const std::size_t width = text_width(word);
        const bool is_first = used_ == start_;
        if (!is_first && used_ + spaces_ + width > columns_) new_line();
        out_.append(spaces_, ' ');
        used_ += spaces_;
        spaces_ = 0;
        while (used_ + text_width(word) > columns_ && !word.empty()) {
            const std::string_view part = breakable_start(word, columns_ > used_ ? columns_ - used_ : 1);
            out_ += part;
            word.remove_prefix(part.size());
            if (!word.empty()) new_line();
        }
        out_ += word;
        used_ += text_width(word);
    }

    void new_line() {
        out_ += '\n';
        out_.append(indent_, ' ');
        start_ = used_ = indent_;
        spaces_ = 0;
    }

    std::size_t columns_;
    std::size_t indent_;
    std::size_t start_ = 0;   // where this line's text begins
    std::size_t used_ = 0;    // columns of this line
    std::size_t spaces_ = 0;  // before the next word, if it is on this line
    std::string out_;
};

}  // namespace

Tone tone_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::updated:
            return Tone::good;
        case Outcome::failed:
        case Outcome::rolled_back:
        case Outcome::blocked:
            return Tone::bad;
        case Outcome::skipped:
        case Outcome::deferred:
            return Tone::caution;
        case Outcome::unchanged:
            break;
    }
    return Tone::plain;
}

std::string painted(std::string_view text, Tone tone, bool colour) {
    if (!colour || tone == Tone::plain || text.empty()) return std::string(text);
    return fmt::format(style_of(tone), "{}", text);
}

std::size_t columns_of(int descriptor) {
    winsize size{};
    if (::isatty(descriptor) != 1) return 0;  // a dumb terminal has a width, too
    return ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent) {
    return columns == 0 ? std::string(text) : Wrapper(columns, indent).wrap(text);
}

void Table::reserve(std::size_t column, std::size_t width) {
    if (reserved_.size() <= column) reserved_.resize(column + 1);
    reserved_[column] = std::max(reserved_[column], width);
}

std::string Table::text() const {
    std::vector<std::size_t> widths = reserved_;
    for (const auto& row : rows_) {
        if (widths.size() < row.size()) widths.resize(row.size());
        for (std::size_t i = 0; i + 1 < row.size(); ++i) widths[i] = std::max(widths[i], text_width(row[i].text));
    }
    std::string out;
    for (const auto& row : rows_) out += row_text(row, widths) + "\n";
    return out;
}

std::string Table::row_text(const std::vector<Cell>& row, const std::vector<std::size_t>& widths) const {
    std::string line;
    std::size_t used = 0;
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
        const bool is_rest_empty = std::all_of(row.begin() + static_cast<std::ptrdiff_t>(i) + 1, row.end(),
                                               [](const Cell& one) { return one.text.empty(); });
        line += painted(row[i].text, row[i].tone, colour_);
        if (is_rest_empty) return wrapped(line, columns_, indent_below);
        line.append(widths[i] - text_width(row[i].text) + column_gap, ' ');
        used += widths[i] + column_gap;
    }
    if (row.empty()) return line;
    const Cell& last = row.back();
    const bool is_below =
        columns_ > 0 && used > 0 && used + narrowest_last_cell > columns_ && used + text_width(last.text) > columns_;
    const std::string text = painted(last.text, last.tone, colour_);
    if (!is_below) return wrapped(line + text, columns_, used);
    line.erase(line.find_last_not_of(' ') + 1);
    return wrapped(line, columns_, indent_below) + "\n" +
           wrapped(std::string(indent_below, ' ') + text, columns_, indent_below);
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "core/requirements/logical_lines.hpp"

#include <algorithm>
#include <utility>

#include "util/text.hpp"

namespace gup::detail {
namespace {

struct FileLine {
    std::string_view text;
    int number = 0;
};

// The next line, without its end.
std::string_view take_file_line(std::string_view& text) {
    constexpr std::string_view ends = "\n\r\v\f\x1c\x1d\x1e";
    const auto end = std::min(text.find_first_of(ends), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end);
    if (!text.empty()) text.remove_prefix(text.starts_with("\r\n") ? 2 : 1);
    return line;
}

bool is_comment_line(std::string_view line) {
    return trimmed(line).starts_with('#');
}

// The '#' of a comment, from byte `from`: at the beginning, or after a blank. npos: there is none.
std::size_t comment_in(std::string_view line, std::size_t from) {
    for (auto at = line.find('#', from); at != std::string_view::npos; at = line.find('#', at + 1)) {
        if (at == 0 || is_blank(line[at - 1])) return at;
    }
    return std::string_view::npos;
}

}  // namespace

Place LogicalLine::place(std::size_t offset) const {
    const auto after = std::upper_bound(pieces_.begin(), pieces_.end(), offset,
                                        [](std::size_t at, const Piece& piece) { return at < piece.offset; });
    const Piece& piece = after == pieces_.begin() ? pieces_.front() : *std::prev(after);
    return {piece.place.line, piece.place.column + static_cast<int>(offset - std::min(offset, piece.offset))};
}

void LogicalLine::append(std::string_view part, Place place) {
    // An empty piece has no place, but the first one has the line's number.
    if (part.empty() && !pieces_.empty()) return;
    if (comment_ != std::string::npos) has_swallowing_comment_ = true;
    const std::size_t from = text_.size();
    pieces_.push_back({from, place});
    text_ += part;
    if (comment_ == std::string::npos) comment_ = comment_in(text_, from);
}

bool LogicalLine::finish() {
    if (comment_ != std::string::npos) text_.resize(comment_);
    const std::string_view bare = trimmed(text_);
    if (bare.empty()) return false;
    const auto before = static_cast<std::size_t>(bare.data() - text_.data());
    const Place begin = place(before);
    std::erase_if(pieces_, [&](const Piece& piece) { return piece.offset <= before; });
    for (Piece& piece : pieces_) piece.offset -= before;
    pieces_.insert(pieces_.begin(), {0, begin});
    text_ = std::string(bare);
    return true;
}

std::vector<LogicalLine> logical_lines(std::string_view text) {
    std::vector<LogicalLine> lines;
    LogicalLine open;
    bool is_open = false;
    const auto close = [&] {
        if (open.finish()) lines.push_back(std::move(open));
        open = {};
        is_open = false;
    };
    for (int number = 1; !text.empty(); ++number) {
        std::string_view line = take_file_line(text);
        const bool is_comment = is_comment_line(line);
        if (!line.ends_with('\\') || is_comment) {
            // pip puts a blank before a comment, so that the '#' begins one.
            if (is_open && is_comment) open.append(" ", {number, 1});
            open.append(line, {number, 1});
            close();
            continue;
        }
        const auto begin = std::min(line.find_first_not_of('\\'), line.size());
        const auto end = line.find_last_not_of('\\');
        line = end == std::string_view::npos ? std::string_view{} : line.substr(begin, end + 1 - begin);
        open.append(line, {number, static_cast<int>(begin) + 1});
        is_open = true;
    }
    if (is_open) close();
    return lines;
}

}  // namespace gup::detail

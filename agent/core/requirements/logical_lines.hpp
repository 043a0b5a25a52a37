// SPDX-License-Identifier: Apache-2.0
// The lines of a requirements.txt as pip joins them: `\` at the end continues a line, ` #` begins a comment.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/declaration/gupfile_pin.hpp"

namespace gup::detail {

// A mistake in one logical line, at a byte of its text.
struct LineFlaw {
    std::size_t offset = 0;
    std::string message;
    std::string hint;
};

class LogicalLine {
public:
    // Without comment, and without blanks at its ends. Never empty.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    // Where a byte of text() is in the file.
    [[nodiscard]] Place place(std::size_t offset) const;
    [[nodiscard]] int number() const { return pieces_.front().place.line; }
    // The comment ends with '\': the next line of the file became a part of it.
    [[nodiscard]] bool has_swallowing_comment() const noexcept { return has_swallowing_comment_; }

private:
    friend std::vector<LogicalLine> logical_lines(std::string_view text);

    struct Piece {
        std::size_t offset = 0;  // in text_
        Place place;
    };
    void append(std::string_view part, Place place);
    // Without comment and outer blanks. False when nothing is left.
    bool finish();

    std::string text_;
    std::vector<Piece> pieces_;
    std::size_t comment_ = std::string::npos;  // its '#' in text_; npos: none yet
    bool has_swallowing_comment_ = false;
};

// Lines end as for Python's str.splitlines in ASCII. In linear time.
[[nodiscard]] std::vector<LogicalLine> logical_lines(std::string_view text);

}  // namespace gup::detail

// SPDX-License-Identifier: Apache-2.0
// A place in a text of PEP 508, and the first mistake in it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "util/result.hpp"

namespace gup {

class DependencyCursor {
public:
    explicit DependencyCursor(std::string_view text) noexcept : text_(text) {}

    [[nodiscard]] std::size_t at() const noexcept { return at_; }
    [[nodiscard]] std::string_view rest() const noexcept { return text_.substr(at_); }
    [[nodiscard]] bool is_at_end() const noexcept { return at_ == text_.size(); }
    [[nodiscard]] bool is_at(char c) const noexcept { return at_ < text_.size() && text_[at_] == c; }
    [[nodiscard]] std::string_view since(std::size_t begin) const { return text_.substr(begin, at_ - begin); }

    void skip(std::size_t bytes) noexcept { at_ += bytes; }
    // Spaces and tabs. True if there was one.
    bool skip_blanks();
    // True, and past it, when the text goes on with `c`.
    bool take(char c);
    // The same for a whole word: no letter, digit or '_' follows.
    bool take_word(std::string_view word);
    // A name of PEP 508: letters, digits, '.', '_' and '-', from a letter or digit up to one or '_'. Empty: none.
    std::string_view take_name();

    // Keeps the first mistake. Returns false, so that `return cursor.fail(…)` ends a parser.
    bool fail(std::size_t offset, std::string reason);
    [[nodiscard]] bool failed() const noexcept { return mistake_.has_value(); }
    // "<object> "<text>" is wrong: <reason>". Only after fail(). `offset`, if any, becomes the byte of the mistake.
    [[nodiscard]] Error error(std::string_view object, std::size_t* offset) const;

private:
    struct Mistake {
        std::size_t offset = 0;
        std::string reason;
    };
    std::string_view text_;
    std::size_t at_ = 0;
    std::optional<Mistake> mistake_;
};

// The text in quotation marks for a message: passwords masked, and only its beginning if it is long.
[[nodiscard]] std::string short_quote(std::string_view text);

// What follows at the cursor, for a message: `"foo"`, or "the end".
[[nodiscard]] std::string found_at(const DependencyCursor& cursor);

}  // namespace gup

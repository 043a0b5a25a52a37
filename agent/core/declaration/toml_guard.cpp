// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/toml_guard.hpp"

#include <algorithm>
#include <string>

#include "util/text.hpp"

namespace gup {
namespace {

bool is_key_char(char c) {
    return is_letter_or_digit(c) || c == '_' || c == '-';
}

// Knows only where strings, comments and table headers of TOML begin and end.
class Guard {
public:
    explicit Guard(std::string_view text) : text_(text) {}

    std::optional<TomlFlaw> find() {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (static_cast<unsigned char>(c) >= 0x80)
                return flaw("a letter that needs quotes, without a backslash before it");
            if (c == '[' && at_line_start_ && open_.empty() && !skip_header_start())
                return flaw("a table header without a name");
            if (at_ >= text_.size()) break;
            if (!closes_what_is_open(text_[at_])) return flaw("a closing bracket that does not match");
            if (!count_key_parts(text_[at_])) return flaw("a key of too many parts");
            step(text_[at_]);
        }
        return std::nullopt;
    }

private:
    [[nodiscard]] bool closes_what_is_open(char c) const {
        return (c != ']' && c != '}') || open_.empty() || open_.back() == c;
    }

    // toml++ limits how deep values are nested, but not how deep `a.a.a` nests: a long one exhausts the stack.
    [[nodiscard]] bool count_key_parts(char c) {
        constexpr std::string_view ends = "\n=,[{";
        constexpr int dots_at_most = 15;
        if (ends.find(c) != std::string_view::npos) dots_ = 0;
        return c != '.' || ++dots_ <= dots_at_most;
    }

    // Inside a word such as 0x"…", a quote does not begin a string.
    [[nodiscard]] bool may_begin_string() const {
        constexpr std::string_view before = " \t\r\n=,[{.";
        return at_ == 0 || before.find(text_[at_ - 1]) != std::string_view::npos;
    }

    void step(char c) {
        if (c == '#') {
            at_ = std::min(text_.find('\n', at_), text_.size());
        } else if ((c == '"' || c == '\'') && may_begin_string()) {
            skip_string(c);
        } else {
            if (c == '[' || c == '{') open_ += c == '[' ? ']' : '}';
            if ((c == ']' || c == '}') && !open_.empty()) open_.pop_back();
            ++at_;
        }
        const bool blank = c == ' ' || c == '\t' || c == '\r';
        at_line_start_ = c == '\n' || (blank && at_line_start_);
    }

    // "[" or "[[" and the blanks after it. Its closing brackets close no array.
    bool skip_header_start() {
        const std::size_t begin = at_++;
        skip_blanks();
        if (at_ < text_.size() && text_[at_] == '[') ++at_;
        skip_blanks();
        at_line_start_ = false;
        // toml++ reports an end of the text and `[]` itself.
        const bool named = at_ >= text_.size() || is_key_char(text_[at_]) || text_[at_] == ']' || text_[at_] == '"' ||
                           text_[at_] == '\'';
        if (!named) at_ = begin;
        return named;
    }

    void skip_blanks() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    }

    void skip_string(char quote) {
        const char triple_text[3] = {quote, quote, quote};
        const std::string_view triple(triple_text, 3);
        const bool many_lines = text_.substr(at_).starts_with(triple);
        at_ += many_lines ? 3 : 1;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '\\' && quote == '"') {
                // toml++ expects white space there, and only knows that of ASCII; the loop of find() continues from
                // here.
                if (many_lines && letter_after_blanks(at_ + 1)) return;
                at_ += 2;
            } else if (many_lines && text_.substr(at_).starts_with(triple)) {
                at_ += 3;
                while (at_ < text_.size() && text_[at_] == quote) ++at_;  // up to two quotes may precede the end
                return;
            } else if (!many_lines && (c == quote || c == '\n')) {
                if (c == quote) ++at_;
                return;
            } else {
                ++at_;
            }
        }
        at_ = text_.size();
    }

    // True when the next letter is outside of ASCII; at_ then points to it.
    bool letter_after_blanks(std::size_t from) {
        const auto next = text_.find_first_not_of(" \t\r\n", from);
        if (next == std::string_view::npos || static_cast<unsigned char>(text_[next]) < 0x80) return false;
        at_ = next;
        return true;
    }

    [[nodiscard]] TomlFlaw flaw(std::string_view what) const {
        TomlFlaw found{1, 1, what};
        for (const char c : text_.substr(0, at_)) {
            found.column = c == '\n' ? 1 : found.column + 1;
            if (c == '\n') ++found.line;
        }
        return found;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string open_;  // the open brackets, the innermost last
    int dots_ = 0;      // in the key so far
    bool at_line_start_ = true;
};

}  // namespace

std::optional<TomlFlaw> find_toml_flaw(std::string_view text) {
    return Guard(text).find();
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "core/packaging/dependency_cursor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/packaging/names.hpp"
#include "util/text.hpp"
#include "util/url.hpp"
#include "util/utf8.hpp"

namespace gup {
namespace {

constexpr std::size_t longest_quote = 80;

bool is_space_or_tab(char c) {
    return c == ' ' || c == '\t';
}

// As Python's \w, for which all characters beyond ASCII are letters here.
bool is_word_character(char c) {
    return is_letter_or_digit(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

bool DependencyCursor::skip_blanks() {
    const std::string_view text = rest();
    const auto end = std::find_if_not(text.begin(), text.end(), is_space_or_tab);
    at_ += static_cast<std::size_t>(end - text.begin());
    return end != text.begin();
}

bool DependencyCursor::take(char c) {
    if (!is_at(c)) return false;
    ++at_;
    return true;
}

bool DependencyCursor::take_word(std::string_view word) {
    const std::string_view text = rest();
    if (!text.starts_with(word) || (text.size() > word.size() && is_word_character(text[word.size()]))) return false;
    at_ += word.size();
    return true;
}

std::string_view DependencyCursor::take_name() {
    const std::string_view text = rest();
    if (text.empty() || !is_letter_or_digit(text.front())) return {};
    const auto end =
        std::find_if_not(text.begin(), text.end(), [](char c) { return is_letter_or_digit(c) || is_separator(c); });
    auto length = static_cast<std::size_t>(end - text.begin());
    while (text[length - 1] == '-' || text[length - 1] == '.') --length;
    at_ += length;
    return text.substr(0, length);
}

bool DependencyCursor::fail(std::size_t offset, std::string reason) {
    if (!mistake_) mistake_ = Mistake{offset, std::move(reason)};
    return false;
}

Error DependencyCursor::error(std::string_view object, std::size_t* offset) const {
    if (offset != nullptr) *offset = mistake_->offset;
    return Error{ErrorCode::invalid_input,
                 fmt::format("{} {} is wrong: {}", object, short_quote(trimmed(text_)), mistake_->reason), ""};
}

std::string short_quote(std::string_view text) {
    const std::string masked = mask_secrets(text);
    const std::string_view shown = utf8_prefix(masked, longest_quote);
    return fmt::format("\"{}{}\"", shown, shown.size() < masked.size() ? "…" : "");
}

std::string found_at(const DependencyCursor& cursor) {
    return cursor.is_at_end() ? "the end" : short_quote(cursor.rest());
}

}  // namespace gup

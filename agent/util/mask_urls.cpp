// SPDX-License-Identifier: Apache-2.0
#include "util/mask_urls.hpp"

#include "util/text.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

std::size_t scheme_begin(std::string_view text, std::size_t colon) {
    const auto belongs = [](char c) { return is_letter_or_digit(c) || c == '+' || c == '-' || c == '.'; };
    while (colon > 0 && belongs(text[colon - 1])) --colon;
    return colon;
}

// The end of the URL that begins at `begin`. One in quotes ends with its quote.
std::size_t url_end(std::string_view text, std::size_t begin) {
    const char before = begin > 0 ? text[begin - 1] : ' ';
    const bool is_quoted = before == '\'' || before == '"' || before == '`';
    constexpr std::string_view ends = " \"<>";
    std::size_t end = begin;
    while (end < text.size() && static_cast<unsigned char>(text[end]) > 0x1f) {
        if (is_quoted ? text[end] == before : ends.find(text[end]) != std::string_view::npos) return end;
        ++end;
    }
    return end;
}

}  // namespace

std::string mask_urls(std::string_view secret_text) {
    const std::string text = mask_secrets(secret_text);
    std::string out;
    std::size_t copied = 0;
    for (auto colon = text.find("://"); colon != std::string::npos; colon = text.find("://", colon + 3)) {
        const std::size_t begin = scheme_begin(text, colon);
        const std::string scheme = lower(text.substr(begin, colon - begin));
        if (colon < copied || (!scheme.ends_with("http") && !scheme.ends_with("https"))) continue;
        const std::size_t end = url_end(text, begin);
        const std::size_t query = text.find('?', colon);
        if (query == std::string::npos || query + 1 >= end) continue;
        out += text.substr(copied, query - copied) + "?***";
        copied = end;
    }
    return out + text.substr(copied);
}

}  // namespace gup

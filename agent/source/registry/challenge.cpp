// SPDX-License-Identifier: Apache-2.0
#include "source/registry/challenge.hpp"

#include <iterator>
#include <utility>

#include "util/text.hpp"

namespace gup::detail {
namespace {

void skip_blanks(std::string_view& text) {
    while (!text.empty() && (is_blank(text.front()) || text.front() == ',')) text.remove_prefix(1);
}

std::string_view take_word(std::string_view& text) {
    constexpr std::string_view ends = " \t,=\"";
    const std::string_view word = text.substr(0, text.find_first_of(ends));
    text.remove_prefix(word.size());
    return word;
}

// In quotes with backslashes, or a word.
std::string take_value(std::string_view& text) {
    if (text.empty() || text.front() != '"') return std::string(take_word(text));
    text.remove_prefix(1);
    std::string value;
    while (!text.empty() && text.front() != '"') {
        if (text.front() == '\\' && text.size() > 1) text.remove_prefix(1);
        value += text.front();
        text.remove_prefix(1);
    }
    if (!text.empty()) text.remove_prefix(1);
    return value;
}

}  // namespace

std::string Challenge::parameter(const std::string& name) const {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string() : found->second;
}

std::vector<Challenge> parse_challenges(std::string_view header) {
    std::vector<Challenge> challenges;
    for (skip_blanks(header); !header.empty(); skip_blanks(header)) {
        const std::string word = lower(take_word(header));
        if (word.empty()) break;
        std::string_view ahead = header;
        while (!ahead.empty() && is_blank(ahead.front())) ahead.remove_prefix(1);
        if (ahead.empty() || ahead.front() != '=') {
            challenges.push_back({word, {}});
            continue;
        }
        if (challenges.empty()) break;
        ahead.remove_prefix(1);
        while (!ahead.empty() && is_blank(ahead.front())) ahead.remove_prefix(1);
        header = ahead;
        challenges.back().parameters.insert_or_assign(word, take_value(header));
    }
    return challenges;
}

std::vector<Challenge> challenges_of(const HttpHead& head) {
    std::vector<Challenge> challenges;
    for (const auto& [name, value] : head.headers) {
        if (name != "www-authenticate") continue;
        auto more = parse_challenges(value);
        challenges.insert(challenges.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
    return challenges;
}

}  // namespace gup::detail

// SPDX-License-Identifier: Apache-2.0
#include "app/reference/markdown.hpp"

#include <algorithm>

namespace gup {

std::string markdown_code(std::string_view text) {
    if (text.find('`') == std::string_view::npos) return "`" + std::string(text) + "`";
    return "`` " + std::string(text) + " ``";
}

std::string markdown_prose(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const auto open = text.find_first_of("\"[<");
        if (open == std::string_view::npos) break;
        const char end = text[open] == '"' ? '"' : text[open] == '[' ? ']' : '>';
        // Several brackets in a row belong together: [[connector]], ["a", "b"].
        auto close = text.find(end, open + 1);
        if (close == std::string_view::npos) break;
        while (close + 1 < text.size() && text[close + 1] == end && end != '"') ++close;
        result += text.substr(0, open);
        result += markdown_code(text.substr(open, close + 1 - open));
        text.remove_prefix(close + 1);
    }
    result += text;
    return result;
}

std::string markdown_commands(std::string_view text) {
    std::string result(text);
    if (std::count(result.begin(), result.end(), '"') % 2 == 0) std::replace(result.begin(), result.end(), '"', '`');
    return result;
}

std::string markdown_cell(std::string_view text) {
    std::string result;
    for (const char letter : text) {
        if (letter == '|') result += '\\';
        result += letter == '\n' ? ' ' : letter;
    }
    return result;
}

}  // namespace gup

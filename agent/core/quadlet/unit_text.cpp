// SPDX-License-Identifier: Apache-2.0
#include "core/quadlet/unit_text.hpp"

#include <algorithm>

#include "util/utf8.hpp"

namespace gup::quadlet {
namespace {

constexpr const char* hex_digits = "0123456789abcdef";

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

std::string doubled(std::string_view text, std::string_view characters) {
    std::string result;
    result.reserve(text.size());
    for (const char c : text) {
        result += c;
        if (characters.find(c) != std::string_view::npos) result += c;
    }
    return result;
}

std::string hex_escape(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return {'\\', 'x', hex_digits[byte >> 4U], hex_digits[byte & 0xfU]};
}

// Unicode's blanks at the end of a line are cut by Quadlet: quotes protect them.
bool needs_quotes(std::string_view word) {
    return word.empty() || word == ";" ||
           !std::ranges::all_of(word, [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\'' && c != '\\'; });
}

}  // namespace

bool can_be_written(std::string_view text) {
    return text.find('\0') == std::string_view::npos && text.find("\xc2\x80") == std::string_view::npos &&
           first_wrong_byte(text) == text.size();
}

bool is_plain(std::string_view text) {
    return !needs_quotes(text);
}

std::string escape_specifiers(std::string_view text) {
    return doubled(text, "%");
}

std::string escape_value(std::string_view text) {
    return doubled(text, "%$");
}

std::string escape_word(std::string_view word) {
    std::string text = doubled(word, "%$");
    if (!needs_quotes(word)) return text;
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            result += '\\';
            result += c;
        } else if (c == '\n') {
            result += "\\n";
        } else if (c == '\t') {
            result += "\\t";
        } else if (is_control(c)) {
            result += hex_escape(c);
        } else {
            result += c;
        }
    }
    return result + '"';
}

EscapedWords escape_words(const std::vector<std::string>& words) {
    EscapedWords result;
    for (const std::string& word : words) {
        if (!result.text.empty()) result.text += ' ';
        if (word.empty()) {
            result.text += "${GUP_EMPTY}";
            result.has_empty = true;
        } else if (word == ";") {
            result.text += "${GUP_SEMICOLON}";
            result.has_semicolon = true;
        } else {
            result.text += escape_word(word);
        }
    }
    return result;
}

std::string json_array(const std::vector<std::string>& words) {
    std::string result = "[";
    for (const std::string& word : words) {
        if (result.size() > 1) result += ',';
        result += '"';
        for (const char c : word) {
            if (c == '"' || c == '\\') {
                result += '\\';
                result += c;
            } else if (is_control(c)) {
                const auto byte = static_cast<unsigned char>(c);
                result += "\\u00";
                result += hex_digits[byte >> 4U];
                result += hex_digits[byte & 0xfU];
            } else {
                result += c;
            }
        }
        result += '"';
    }
    return result + "]";
}

std::string csv_field(std::string_view text) {
    if (text.find_first_of(",\"\n\r") == std::string_view::npos) return std::string(text);
    return '"' + doubled(text, "\"") + '"';
}

void UnitText::add(const std::string& section, const std::string& key, const std::string& value) {
    auto it = std::ranges::find(sections_, section, &Section::name);
    if (it == sections_.end()) it = sections_.insert(it, Section{.name = section, .lines = {}});
    it->lines += key;
    it->lines += '=';
    it->lines += value;
    it->lines += '\n';
}

std::string UnitText::text(const std::string& comment) const {
    std::string result = "# " + comment + '\n';
    for (const Section& section : sections_) {
        result += "\n[" + section.name + "]\n";
        result += section.lines;
    }
    return result;
}

}  // namespace gup::quadlet

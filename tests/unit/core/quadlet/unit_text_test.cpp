// SPDX-License-Identifier: Apache-2.0
#include "core/quadlet/unit_text.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

using namespace gup::quadlet;

namespace {

// A reader of command lines of its own, after systemd.syntax(7): words, quotes, escapes, then specifiers and variables.
struct CommandReader {
    std::string_view rest;
    bool has_failed = false;

    char escaped() {
        const char c = rest.front();
        rest.remove_prefix(1);
        if (c == 'n') return '\n';
        if (c == 't') return '\t';
        if (c == '"' || c == '\\') return c;
        if (c == 'x' && rest.size() >= 2) {
            const auto digit = [](char d) { return d >= 'a' ? d - 'a' + 10 : d - '0'; };
            const char value = static_cast<char>(digit(rest[0]) * 16 + digit(rest[1]));
            rest.remove_prefix(2);
            return value;
        }
        has_failed = true;
        return c;
    }

    std::string word() {
        std::string result;
        bool is_quoted = false;
        while (!rest.empty() && (is_quoted || rest.front() != ' ')) {
            const char c = rest.front();
            rest.remove_prefix(1);
            if (c == '"') {
                is_quoted = !is_quoted;
            } else if (c == '\\') {
                result += rest.empty() ? '?' : escaped();
            } else {
                has_failed = has_failed || c == '\n' || (c == '\'' && !is_quoted);
                result += c;
            }
        }
        has_failed = has_failed || is_quoted;
        while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
        return result;
    }

    // `%%` and `$$` are one sign each; a single one would be replaced.
    std::string literal(const std::string& word) {
        if (word == "${GUP_EMPTY}") return {};
        if (word == "${GUP_SEMICOLON}") return ";";
        std::string result;
        for (std::size_t i = 0; i < word.size(); ++i) {
            result += word[i];
            if (word[i] != '%' && word[i] != '$') continue;
            has_failed = has_failed || i + 1 == word.size() || word[i + 1] != word[i];
            ++i;
        }
        return result;
    }

    std::vector<std::string> all() {
        std::vector<std::string> result;
        while (!rest.empty()) result.push_back(literal(word()));
        return result;
    }
};

struct Dice {
    std::uint32_t state = 1;
    std::uint32_t roll(std::uint32_t sides) {
        state = state * 1664525U + 1013904223U;
        return (state >> 8U) % sides;
    }
    std::string value() {
        static const std::vector<std::string> pieces{"%", "$", "\"",      "'",      "\\",  "\n", "\t",   " ",
                                                     ";", "a", "${HOME}", "%h",     "$$",  "%%", "\x01", "#",
                                                     "=", "ü", "€",       "\u00a0", "\\n", "\r"};
        std::string result;
        for (std::uint32_t i = roll(12); i > 0; --i) result += pieces[roll(static_cast<std::uint32_t>(pieces.size()))];
        return result;
    }
};

}  // namespace

TEST_CASE("escape_words: 200 command lines full of %, $, quotes and newlines arrive as they were") {
    Dice dice;
    for (int round = 0; round < 200; ++round) {
        std::vector<std::string> words;
        for (std::uint32_t i = dice.roll(5) + 1; i > 0; --i) words.push_back(dice.value());
        const EscapedWords escaped = escape_words(words);
        CAPTURE(escaped.text);
        CHECK(escaped.text.find('\n') == std::string::npos);
        CommandReader reader{escaped.text};
        CHECK(reader.all() == words);
        CHECK_FALSE(reader.has_failed);
    }
}

TEST_CASE("escape_words: an empty word and a semicolon become variables, which [Service] must set") {
    const EscapedWords words = escape_words({"sh", "", ";", "a;b"});
    CHECK(words.text == "sh ${GUP_EMPTY} ${GUP_SEMICOLON} a;b");
    CHECK(words.has_empty);
    CHECK(words.has_semicolon);
    CHECK_FALSE(escape_words({"sh"}).has_empty);
}

TEST_CASE("escape_word: quotes only where they are needed") {
    const std::vector<std::pair<std::string, std::string>> table{
        {"plain", "plain"},
        {"A=b", "A=b"},
        {"100%", "100%%"},
        {"$HOME", "$$HOME"},
        {"two words", "\"two words\""},
        {"A=\"q\"", "\"A=\\\"q\\\"\""},
        {"it's", "\"it's\""},
        {"a\nb", "\"a\\nb\""},
        {"\x7f", "\"\\x7f\""},
        {"C:\\x", "\"C:\\\\x\""},
        {"\n[Service]\nExecStart=/bin/sh", "\"\\n[Service]\\nExecStart=/bin/sh\""},
        {"", "\"\""},
        {";", "\";\""},
    };
    for (const auto& [word, expected] : table) CHECK(escape_word(word) == expected);
}

TEST_CASE("is_plain and can_be_written: what every reader takes alike, and what none can carry") {
    for (const char* const text : {"a", "a=b,c:d", "/x;y", "$x%y"}) CHECK(is_plain(text));
    for (const char* const text : {"", "a b", "a\"", "'a", "a\\", "ü", "a\t", ";"}) CHECK_FALSE(is_plain(text));
    CHECK(can_be_written("ü\n\x01"));
    CHECK_FALSE(can_be_written(std::string("a\0b", 3)));
    CHECK_FALSE(can_be_written("a\xff"));
    CHECK_FALSE(can_be_written("\xc2\x80"));
    CHECK(can_be_written("\xc2\x85"));
}

TEST_CASE("json_array and csv_field: podman reads them back") {
    CHECK(json_array({}) == "[]");
    CHECK(json_array({"a", "b\"c\\", "\n"}) == R"(["a","b\"c\\","\u000a"])");
    CHECK(csv_field("a") == "a");
    CHECK(csv_field("target=/a,b") == "\"target=/a,b\"");
    CHECK(csv_field("a\"b") == "\"a\"\"b\"");
}

TEST_CASE("UnitText: lines of one section stay together, sections keep their order") {
    UnitText text;
    text.add("Unit", "Description", "x");
    text.add("Container", "Image", "y");
    text.add("Unit", "After", "z");
    CHECK(text.text("made") == "# made\n\n[Unit]\nDescription=x\nAfter=z\n\n[Container]\nImage=y\n");
}

// SPDX-License-Identifier: Apache-2.0
#include "util/text.hpp"

#include <doctest/doctest.h>

using namespace gup;

TEST_CASE("first_line: up to the newline") {
    CHECK(first_line("gup-agent 1.2.3\nbuilt today\n") == "gup-agent 1.2.3");
    CHECK(first_line("no newline") == "no newline");
    CHECK(first_line("\nsecond").empty());
    CHECK(first_line("").empty());
}

TEST_CASE("last_line: the last line that is not blank") {
    CHECK(last_line("Traceback\n  File x\nOSError: no room \r\n\n \t\n") == "OSError: no room");
    CHECK(last_line("one\n  indented") == "  indented");
    CHECK(last_line("alone") == "alone");
    CHECK(last_line(" \r\n\t\n").empty());
    CHECK(last_line("").empty());
}

TEST_CASE("words_in: words between blanks of any kind") {
    CHECK(words_in(" a\tb\n c ") == std::vector<std::string_view>{"a", "b", "c"});
    CHECK(words_in(" ").empty());
}

TEST_CASE("take_until: takes one part after the other") {
    std::string_view text = "a//b";
    CHECK(take_until(text, '/') == "a");
    CHECK(take_until(text, '/').empty());
    CHECK(take_until(text, '/') == "b");
    CHECK(text.empty());
    CHECK(take_until(text, '/').empty());
}

TEST_CASE("number_in: all of the text is the number") {
    CHECK(number_in<int>("-7") == -7);
    CHECK(number_in<unsigned>("42") == 42);
    for (const char* text : {"", " 1", "1 ", "1x", "+1", "-1", "99999999999"}) CHECK_FALSE(number_in<unsigned>(text));
}

TEST_CASE("trimmed: without the blanks at both ends, those within stay") {
    CHECK(trimmed("\t a b \r\n") == "a b");
    CHECK(trimmed("a") == "a");
    CHECK(trimmed(" \t\r\n").empty());
    CHECK(trimmed("").empty());
}

TEST_CASE("lower: letters of ASCII only") {
    CHECK(lower("HTTPS://Host-[A]") == "https://host-[a]");
    CHECK(lower("\xC3\x84") == "\xC3\x84");
    CHECK(lower("").empty());
}

TEST_CASE("is_digit, is_letter, hex_value: ASCII only") {
    CHECK((is_digit('0') && is_digit('9') && !is_digit('/') && !is_digit(':') && !is_digit('a')));
    CHECK((is_letter('a') && is_letter('z') && is_letter('A') && is_letter('Z')));
    CHECK_FALSE((is_letter('@') || is_letter('[') || is_letter('`') || is_letter('{') || is_letter('\xE4')));
    CHECK((is_letter_or_digit('x') && is_letter_or_digit('5') && !is_letter_or_digit('_')));
    CHECK((is_blank('\t') && is_blank('\v') && is_blank(' ') && !is_blank('\0') && !is_blank('x')));
    CHECK(hex_value('0') == 0);
    CHECK(hex_value('f') == 15);
    CHECK(hex_value('A') == 10);
    CHECK(hex_value('g') == -1);
}

TEST_CASE("percent_encoded, percent_decoded: the way there and back") {
    CHECK(percent_encoded("a-b c/\xC3\xA4%") == "a-b%20c%2F%C3%A4%25");
    CHECK(percent_encoded("a/b~c", "/") == "a/b%7Ec");
    CHECK(percent_decoded("a%20b%2fc%C3%A4") == "a b/c\xC3\xA4");
    CHECK(percent_decoded("100%") == "100%");
    CHECK(percent_decoded("%4%zz%a") == "%4%zz%a");
    std::string every;
    for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
    CHECK(percent_decoded(percent_encoded(every)) == every);
    CHECK(percent_decoded(percent_encoded(every, "")) == every);
}

TEST_CASE("shell_quoted: one word, whatever is in it") {
    CHECK(shell_quoted("a b") == "'a b'");
    CHECK(shell_quoted("it's") == "'it'\\''s'");
    CHECK(shell_quoted("") == "''");
}

TEST_CASE("equals_ignoring_case: letters of ASCII, and the length") {
    CHECK(equals_ignoring_case("Name", "nAME"));
    CHECK_FALSE(equals_ignoring_case("name", "names"));
    CHECK_FALSE(equals_ignoring_case("@", "`"));
}

TEST_CASE("contains_ignoring_case: finds a part whichever way its letters are written") {
    CHECK(contains_ignoring_case("fatal: Repository NOT found.", "not found"));
    CHECK(contains_ignoring_case("not found", "NOT FOUND"));
    CHECK_FALSE(contains_ignoring_case("not  found", "not found"));
    CHECK_FALSE(contains_ignoring_case("not foun", "not found"));
    CHECK_FALSE(contains_ignoring_case("@[", "`{"));
    CHECK(contains_ignoring_case("", ""));
}

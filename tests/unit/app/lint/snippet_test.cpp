// SPDX-License-Identifier: Apache-2.0
#include "app/lint/snippet.hpp"

#include <doctest/doctest.h>

#include <string>

#include "fixture.hpp"

using namespace gup;
using test::holds;

TEST_CASE("snippet_of: the caret is under the column, behind tabs and wide letters, too") {
    struct Row {
        std::string text;
        int line;
        int column;
        std::string shown;
        std::string caret;
    };
    for (const Row& row : {
             Row{"six,1.0\n", 1, 1, "six,1.0", "^"},
             Row{"six,1.0\n", 1, 5, "six,1.0", "    ^"},
             Row{"six,1.0\n", 1, 8, "six,1.0", "       ^"},  // behind the end
             Row{"six,1.0\n", 1, 99, "six,1.0", "       ^"},
             Row{"a\n\tb = 1\r\n", 2, 2, "\tb = 1", "\t^"},
             Row{"\t\ta", 1, 3, "\t\ta", "\t\t^"},
             Row{"\xC3\xA4 = 1", 1, 3, "\xC3\xA4 = 1", " ^"},               // ä is two bytes, one column
             Row{"\xE4\xB8\x80=1", 1, 4, "\xE4\xB8\x80=1", "  ^"},          // 一 is three bytes, two columns
             Row{"a\xCC\x88=1", 1, 4, "a\xCC\x88=1", " ^"},                 // a with a combining diaeresis
             Row{"\xF0\x9F\x98\x80=1", 1, 5, "\xF0\x9F\x98\x80=1", "  ^"},  // an emoji
             Row{"\xEF\xBB\xBFsix", 1, 1, "six", "^"},                      // a byte order mark
             Row{"a\x1b[31mb", 1, 7, "a\\x1b[31mb", "         ^"},
             Row{"a\xFF"
                 "b",
                 1, 3, "a\\xffb", "     ^"},
             Row{"six", 1, 0, "six", ""},
             Row{"six\n", 3, 1, "", "^"},
         }) {
        const Snippet snippet = snippet_of(row.text, row.line, row.column);
        INFO(row.text);
        CHECK(snippet.line == row.shown);
        CHECK(snippet.caret == row.caret);
    }
    CHECK(snippet_of("six", 0, 0).line.empty());
}

TEST_CASE("snippet_of: a long line is cut around the place") {
    const Snippet snippet = snippet_of(std::string(1000, 'a') + "X" + std::string(1000, 'b'), 1, 1001);
    CHECK(snippet.line.size() < 200);
    REQUIRE(holds(snippet.line, "X"));
    // "…" is three bytes and one column.
    CHECK(snippet.line.find('X') - 2 == snippet.caret.find('^'));
}

TEST_CASE("snippet_of: passwords are masked, and the caret stays at its place") {
    const std::string line = "six = { source = \"git+https://bob:hunter2@h/x y\", version = 1 }";
    const auto column = static_cast<int>(line.find("version")) + 1;
    const Snippet snippet = snippet_of(line, 1, column);
    CHECK_FALSE(holds(snippet.line, "hunter2"));
    CHECK(snippet.line.substr(snippet.caret.size() - 1).starts_with("version"));
}

TEST_CASE("column_in_characters: a column in bytes becomes one in code points") {
    CHECK(column_in_characters("six,1", 1, 5) == 5);
    CHECK(column_in_characters("\xC3\xA4=1", 1, 4) == 3);
    CHECK(column_in_characters("a\n\xF0\x9F\x98\x80=1", 2, 5) == 2);
    CHECK(column_in_characters("six", 1, 99) == 4);
    CHECK(column_in_characters("six", 1, 0) == 1);
}

TEST_CASE("snippet_of: the value of a secret key is not shown") {
    struct Row {
        std::string line;
        std::string shown;
    };
    for (const Row& row : {
             Row{"token = 12345", "token = ***"},
             Row{"secret-key=\"hunter2", "secret-key= ***"},
             Row{"notify = { url = \"https://h\", \"token\" = hunter2 }",
                 "notify = { url = \"https://h\", \"token\" = ***"},
             Row{"POSTGRES_PASSWORD: hunter2", "POSTGRES_PASSWORD: ***"},
             Row{"secrets:", "secrets:"},
             Row{"token-lib,1.0", "token-lib,1.0"},
             Row{"token-lib==1.0", "token-lib==1.0"},
             Row{"# the token of ntfy", "# the token of ntfy"},
         }) {
        CHECK(snippet_of(row.line, 1, 1).line == row.shown);
    }
}

TEST_CASE("snippet_text: the line below its number, and the caret") {
    CHECK(snippet_text("a = 1\nb = x\n", 2, 5) == "    2 | b = x\n      |     ^\n");
    CHECK(snippet_text("a = 1\n", 1, 0) == "    1 | a = 1\n");
    CHECK(snippet_text("a = 1\n", 9, 1).empty());
}

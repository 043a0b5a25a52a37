// SPDX-License-Identifier: Apache-2.0
#include "app/output/table.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "util/text_width.hpp"

using namespace gup;

namespace {

std::size_t widest_line(const std::string& text) {
    std::size_t widest = 0;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) widest = std::max(widest, text_width(line));
    return widest;
}

}  // namespace

TEST_CASE("wrapped: lines break at spaces, and all but the first are indented") {
    struct Row {
        std::string text;
        std::size_t columns;
        std::size_t indent;
        std::string shown;
    };
    for (const Row& row : {
             Row{"", 10, 2, ""},
             Row{"one two three", 0, 2, "one two three"},
             Row{"one two three", 13, 2, "one two three"},
             Row{"one two three", 12, 2, "one two\n  three"},
             Row{"one two three", 5, 2, "one\n  two\n  thr\n  ee"},
             Row{"a  b", 10, 0, "a  b"},
             Row{"aaaa  bbbb", 5, 1, "aaaa\n bbbb"},
             Row{"  one two", 6, 2, "  one\n  two"},
             Row{"one\ntwo", 0, 2, "one\ntwo"},
             Row{"one\ntwo", 20, 2, "one\n  two"},
             Row{"see /srv/connectors/meter", 20, 2, "see\n  /srv/connectors/\n  meter"},
             Row{"see /srv/meter/gupfile ok", 20, 0, "see\n/srv/meter/gupfile\nok"},
             Row{"\xC3\xA4\xC3\xA4\xC3\xA4 b", 5, 0, "\xC3\xA4\xC3\xA4\xC3\xA4 b"},
             Row{"\xE4\xB8\x80\xE4\xB8\x80 b", 5, 0, "\xE4\xB8\x80\xE4\xB8\x80\nb"},
             Row{"\xE4\xB8\x80\xE4\xB8\x80", 3, 0, "\xE4\xB8\x80\n\xE4\xB8\x80"},
             Row{"\x1b[31mone\x1b[0m two", 7, 0, "\x1b[31mone\x1b[0m two"},
             Row{"a bc", 1, 8, "a\nb\nc"},
         }) {
        INFO(row.text);
        CHECK(wrapped(row.text, row.columns, row.indent) == row.shown);
    }
}

TEST_CASE("wrapped: no line is wider than the terminal, and no character is lost") {
    const std::string text =
        "cannot fast-forward smart-meter: /srv/connectors/.pyenv/smart-meter/lib/python3.11/site-packages is "
        "\xE4\xB8\x80, "
        "https://example.org/a?b=c&d=e and averyveryveryveryverylongwordwithoutanyplacetobreakitatall";
    const auto letters = [](std::string all) {
        std::erase_if(all, [](char c) { return c == ' ' || c == '\n'; });
        return all;
    };
    for (const std::size_t columns : {2, 3, 10, 20, 39, 40, 79, 80, 119}) {
        for (const std::size_t indent : {0, 2, 30}) {
            const std::string shown = wrapped(text, columns, indent);
            CAPTURE(columns);
            CHECK(widest_line(shown) <= columns);
            CHECK(letters(shown) == letters(text));
        }
    }
}

TEST_CASE("Table: cells are aligned, and the last one is wrapped below its start") {
    Table table(40, false);
    table.add({{"CONNECTOR"}, {"STATE"}, {"DETAIL"}});
    table.add({{"meter"}, {"ok"}, {""}});
    table.add({{"m\xC3\xA4ter"}, {"failed"}, {"gupfile:2:9: pyserial has no version"}});
    CHECK(table.text() ==
          "CONNECTOR  STATE   DETAIL\n"
          "meter      ok\n"
          "m\xC3\xA4ter      failed  gupfile:2:9: pyserial\n"
          "                   has no version\n");
}

TEST_CASE("Table: on a terminal that is too narrow the last cell is below its row") {
    Table table(24, false);
    table.add({{"smart-meter"}, {"failed"}, {"pyserial has no version"}});
    table.add({{"x"}, {"updated"}, {"a"}});
    CHECK(table.text() ==
          "smart-meter  failed\n"
          "  pyserial has no\n"
          "  version\n"
          "x            updated  a\n");
}

TEST_CASE("Table: rows that are printed one by one have reserved widths, and colours have none") {
    Table table(0, true);
    table.reserve(0, 6);
    table.add({{"a", Tone::strong}, {"updated", Tone::good}, {"b"}});
    const std::string text = table.text();
    CHECK(text.find("\x1b[32mupdated\x1b[0m  b\n") != std::string::npos);
    CHECK(text_width(text.substr(0, text.find("updated"))) == 8);
    CHECK(Table(0, true).text().empty());
}

TEST_CASE("painted: plain text without colour, and for a tone that has none") {
    CHECK(painted("text", Tone::bad, false) == "text");
    CHECK(painted("text", Tone::plain, true) == "text");
    CHECK(painted("", Tone::bad, true).empty());
    for (const Tone tone : {Tone::good, Tone::caution, Tone::bad, Tone::faint, Tone::strong, Tone::hint}) {
        CHECK(text_width(painted("text", tone, true)) == 4);
        CHECK(painted("text", tone, true) != "text");
    }
}

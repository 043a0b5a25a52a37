// SPDX-License-Identifier: Apache-2.0
#include "util/printable.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

namespace gup {

TEST_CASE("printable: text stays as it is, in any language") {
    for (const char* text : {"", "plain text, 100 %", "Zähler → läuft", "счётчик", "電力計", "a/b\\c"}) {
        CHECK(printable(text) == text);
    }
}

TEST_CASE("printable: control characters are escaped") {
    CHECK(printable("a\tb\rc\nd") == "a\\tb\\rc\\x0ad");
    CHECK(printable("\x1b[31mred") == "\\x1b[31mred");
    CHECK(printable("\x7f") == "\\x7f");
    CHECK(printable("\xc2\x9b"
                    "31m") == "\\x9b31m");
}

TEST_CASE("printable: characters that hide or turn text are escaped") {
    CHECK(printable("a\u202eb") == "a\\u{202e}b");
    CHECK(printable("a\u2066b\u2069") == "a\\u{2066}b\\u{2069}");
    CHECK(printable("one\u2028two\u2029three") == "one\\u{2028}two\\u{2029}three");
    CHECK(printable("\u00ad\u061c\u200b\ufeff") == "\\u{ad}\\u{61c}\\u{200b}\\u{feff}");
    CHECK(printable("\U000e0041\U0001d173") == "\\u{e0041}\\u{1d173}");
    // Their neighbours are text.
    CHECK(printable("\u00ac\u00ae\u2027\u202f\u2070") == "\u00ac\u00ae\u2027\u202f\u2070");
}

TEST_CASE("printable: bytes that are not UTF-8 are escaped one by one") {
    CHECK(printable("a\xff\xfe") == "a\\xff\\xfe");
    CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");
}

TEST_CASE("escape_formatting: a JSON text means the same, and is one line") {
    const nlohmann::json value{{"reason", "a\u2028b\u202ec\U000e0041 → d"}, {"list", {1, 2}}};
    const std::string text = escape_formatting(value.dump());
    CHECK(text.find("a\\u2028b\\u202ec\\udb40\\udc41 → d") != std::string::npos);
    CHECK(nlohmann::json::parse(text) == value);
    CHECK(escape_formatting("{\"a\":[1,\"b\"]}") == "{\"a\":[1,\"b\"]}");
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "util/units.hpp"

#include <doctest/doctest.h>

using namespace gup;

TEST_CASE("parse_duration: a plain number is seconds, units are obeyed") {
    CHECK(parse_duration("90") == Milliseconds{90'000});
    CHECK(parse_duration("500ms") == Milliseconds{500});
    CHECK(parse_duration("15s") == Milliseconds{15'000});
    CHECK(parse_duration("2 m") == Milliseconds{120'000});
    CHECK(parse_duration("1h") == Milliseconds{3'600'000});
    CHECK(parse_duration("3d") == Milliseconds{259'200'000});
}

TEST_CASE("parse_duration: other texts are refused") {
    for (const char* text : {"", "s", "-5s", "5 parsecs", "1.5h", "99999999999d", "184467440737095517s", "5s5"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_duration(text));
    }
}

TEST_CASE("parse_size: binary and decimal units, nothing that overflows") {
    CHECK(parse_size("4096") == 4096U);
    CHECK(parse_size("1MiB") == 1'048'576U);
    CHECK(parse_size("2 GB") == 2'000'000'000U);
    for (const char* text : {"", "MiB", "-1", "1 mib", "99999999999999999999", "18446744073709551615GiB"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_size(text));
    }
}

TEST_CASE("format_size and format_duration: short for people") {
    CHECK(format_size(512) == "512 B");
    CHECK(format_size(1'258'291) == "1.2 MiB");
    CHECK(format_size(5ULL << 40U) == "5.0 TiB");
    CHECK(format_duration(Milliseconds{420}) == "0.4 s");
    CHECK(format_duration(Milliseconds{12'345}) == "12 s");
    CHECK(format_duration(Milliseconds{185'000}) == "3 min 5 s");
}

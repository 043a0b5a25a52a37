// SPDX-License-Identifier: Apache-2.0
#include "status/time_words.hpp"

#include <doctest/doctest.h>

using namespace gup;

namespace {

UnixTime moment(const char* text) {
    return parse_utc(text).value();
}

const TimeZone& utc() {
    static const TimeZone zone = TimeZone::load("UTC").value();
    return zone;
}

}  // namespace

TEST_CASE("ago_text: a round span, and the date where that says more") {
    const UnixTime now = moment("2026-11-30T12:00:00Z");
    CHECK(ago_text(0, now, utc()) == "never");
    CHECK(ago_text(now, now, utc()) == "0 s ago");
    CHECK(ago_text(now - 59, now, utc()) == "59 s ago");
    CHECK(ago_text(now - 60, now, utc()) == "1 min ago");
    CHECK(ago_text(now - 3599, now, utc()) == "59 min ago");
    CHECK(ago_text(now - 3600, now, utc()) == "1 h ago");
    CHECK(ago_text(now - 48 * 3600 + 1, now, utc()) == "47 h ago");
    CHECK(ago_text(now - 48 * 3600, now, utc()) == "2 days ago");
    CHECK(ago_text(now - 60 * 86400, now, utc()) == "2026-10-01 12:00");
    CHECK_MESSAGE(ago_text(now + 5, now, utc()) == "2026-11-30 12:00", "the clock was set back");
}

TEST_CASE("coming_text: the day in words, and the clock") {
    const UnixTime now = moment("2026-11-30T12:00:00Z");  // a Monday
    CHECK(coming_text(moment("2026-11-30T14:05:00Z"), now, utc()) == "today 14:05");
    CHECK(coming_text(moment("2026-11-30T23:30:00Z"), now, utc()) == "tonight 23:30");
    CHECK(coming_text(moment("2026-12-01T02:01:00Z"), now, utc()) == "tonight 02:01");
    CHECK(coming_text(moment("2026-12-01T14:00:00Z"), now, utc()) == "tomorrow 14:00");
    CHECK(coming_text(moment("2026-12-02T02:01:00Z"), now, utc()) == "Wed 02:01");
    CHECK(coming_text(moment("2026-12-06T02:01:00Z"), now, utc()) == "Sun 02:01");
    CHECK(coming_text(moment("2026-12-07T02:01:00Z"), now, utc()) == "2026-12-07 02:01");
    CHECK(coming_text(moment("2026-12-01T23:00:00Z"), now, utc()) == "tomorrow 23:00");
    const UnixTime night = moment("2026-12-01T00:30:00Z");
    CHECK(coming_text(moment("2026-12-01T02:01:00Z"), night, utc()) == "tonight 02:01");
    CHECK(coming_text(moment("2026-11-29T02:01:00Z"), now, utc()) == "2026-11-29 02:01");
}

TEST_CASE("local_text: in the given zone, also when clocks change") {
    const auto berlin = TimeZone::load("Europe/Berlin");
    REQUIRE(berlin.ok());
    CHECK(local_text(moment("2026-10-25T00:30:00Z"), *berlin) == "2026-10-25 02:30");
    CHECK(local_text(moment("2026-10-25T01:30:00Z"), *berlin) == "2026-10-25 02:30");
    CHECK(local_text(moment("2026-01-01T00:00:00Z"), *berlin) == "2026-01-01 01:00");
}

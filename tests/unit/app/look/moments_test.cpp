// SPDX-License-Identifier: Apache-2.0
#include "app/look/moments.hpp"

#include <doctest/doctest.h>

#include "app/look/journal_lines.hpp"
#include "app/look/next_run.hpp"

using namespace gup;

namespace {

TimeZone zone_of(const char* name) {
    return TimeZone::load(name).value();
}

}  // namespace

TEST_CASE("parse_span: spans of a second and more") {
    CHECK(parse_span("7d", "--for").value() == 7 * 86400);
    CHECK(parse_span("2w", "--for").value() == 14 * 86400);
    CHECK(parse_span("90", "--for").value() == 90);
    CHECK(parse_span("12h", "--for").value() == 12 * 3600);
    for (const char* text :
         {"", "0", "0d", "500ms", "-1d", "1.5d", "d", "w", "0w", "9999w", "7 days", "forever", "99999999d"}) {
        CAPTURE(text);
        const auto span = parse_span(text, "--for");
        REQUIRE_FALSE(span.ok());
        CHECK(span.error().hint.find("--for 7d") != std::string::npos);
    }
}

TEST_CASE("parse_moment: dates and times in the zone, and in UTC") {
    const TimeZone berlin = zone_of("Europe/Berlin");
    const auto at = [&](const char* text) { return format_utc(parse_moment(text, "--until", berlin).value()); };
    CHECK(at("2026-12-24") == "2026-12-23T23:00:00Z");
    CHECK(at("2026-12-24 18:00") == "2026-12-24T17:00:00Z");
    CHECK(at("2026-07-24T18:00") == "2026-07-24T16:00:00Z");
    CHECK(at("2026-12-24T18:00:30") == "2026-12-24T17:00:30Z");
    CHECK(at("2026-12-24T18:00:00Z") == "2026-12-24T18:00:00Z");
    for (const char* text : {"", "24.12.2026", "2026-13-01", "2026-02-30", "2026-12-24 25:00", "2026-12-24x",
                             "2026-12-24 6pm", "tomorrow", "2026-12"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_moment(text, "--until", berlin).ok());
    }
}

TEST_CASE("systemd_time: as systemctl show prints it") {
    const TimeZone berlin = zone_of("Europe/Berlin");
    CHECK(systemd_time("Tue 2026-12-01 02:01:05 CET", berlin) == parse_utc("2026-12-01T01:01:05Z"));
    CHECK(systemd_time("Tue 2026-12-01 02:01:05 UTC", berlin) == parse_utc("2026-12-01T02:01:05Z"));
    for (const char* text : {"", "n/a", "infinity", "Tue 2026-12-01", "0"}) {
        CAPTURE(text);
        CHECK_FALSE(systemd_time(text, berlin));
    }
}

TEST_CASE("next_cron_time: of a whole line of a crontab") {
    const TimeZone zone = zone_of("UTC");
    const UnixTime now = *parse_utc("2026-11-30T12:00:00Z");
    const auto at = [&](const char* line) {
        const auto time = next_cron_time(line, zone, now);
        return time ? format_utc(*time) : "";
    };
    CHECK(at("0 2 * * * root /opt/gup-agent run") == "2026-12-01T02:00:00Z");
    CHECK(at("*/15 * * * *\t/opt/gup-agent run") == "2026-11-30T12:15:00Z");
    CHECK(at("@daily root gup-agent run") == "2026-12-01T00:00:00Z");
    CHECK(at("-30 3 * * * root gup-agent run") == "2026-12-01T03:30:00Z");
    for (const char* line : {"", "@reboot gup-agent daemon", "0 2 gup-agent run", "61 2 * * * gup-agent run"}) {
        CAPTURE(line);
        CHECK(at(line).empty());
    }
}

TEST_CASE("journal_line: in the form of gup.log") {
    const auto line = journal_line("1733018465.123456 pi-17 meter[42]: text: more", "meter.service");
    REQUIRE(line);
    CHECK(line->time == 1733018465);
    CHECK(line->text.ends_with("] (meter.service) meter[42]: text: more"));
    for (const char* text :
         {"", "-- No entries --", "1733018465 pi", "x.1 pi text", "1733018465.1", "1733018465.1 pi"}) {
        CAPTURE(text);
        CHECK_FALSE(journal_line(text, "meter.service"));
    }
}

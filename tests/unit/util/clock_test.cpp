// SPDX-License-Identifier: Apache-2.0
#include "util/clock.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>
#include <string>

namespace {

// The machine's time zone for one test.
class ProcessZone {
public:
    explicit ProcessZone(const char* name) {
        ::setenv("TZ", name, 1);
        ::tzset();
    }
    ~ProcessZone() {
        ::unsetenv("TZ");
        ::tzset();
    }
    ProcessZone(const ProcessZone&) = delete;
    ProcessZone& operator=(const ProcessZone&) = delete;
};

}  // namespace

TEST_CASE("format_time: the machine's time zone and its offset") {
    const ProcessZone zone("CET-1");
    CHECK(gup::format_time(1795222813) == "2026-11-21T02:00:13+0100");
    CHECK(gup::format_time(0) == "1970-01-01T01:00:00+0100");
}

TEST_CASE("format_time: zones west of Greenwich, with half hours, and unknown ones") {
    {
        const ProcessZone zone("NST3:30");
        CHECK(gup::format_time(1795222813) == "2026-11-20T21:30:13-0330");
    }
    const ProcessZone zone("Nowhere/Unknown");
    CHECK(gup::format_time(1795222813) == "2026-11-21T01:00:13+0000");
}

TEST_CASE("format_time: works beyond 2038") {
    const ProcessZone zone("UTC0");
    CHECK(gup::format_time(4102444800) == "2100-01-01T00:00:00+0000");
}

TEST_CASE("parse_time: the inverse of format_time in any zone") {
    for (const char* name : {"UTC0", "CET-1", "NST3:30"}) {
        const ProcessZone zone(name);
        for (const gup::UnixTime time : {0LL, 951782400LL, 1795222813LL, 4102444800LL}) {
            CHECK(gup::parse_time(gup::format_time(time)) == time);
        }
    }
}

TEST_CASE("parse_time: -1 for another form") {
    for (const char* text : {"", "2026-11-21", "2026-11-21T02:00:13", "2026-11-21 02:00:13+0100",
                             "2026-13-21T02:00:13+0100", "2026-02-30T02:00:13+0100", "2026-11-21T25:00:13+0100",
                             "2026-11-21T02:61:13+0100", "2026-11-21T02:00:13*0100", "2026-11-21T02:00:13+0160",
                             "2o26-11-21T02:00:13+0100", "2026-11-21T02:00:13+01000"}) {
        CAPTURE(text);
        CHECK(gup::parse_time(text) == -1);
    }
}

TEST_CASE("system_clock: agrees with time(2), and its monotonic time does not go back") {
    const gup::Clock& clock = gup::system_clock();
    const gup::UnixTime before = std::time(nullptr);
    const gup::UnixTime now = clock.now();
    CHECK(now >= before);
    CHECK(now <= std::time(nullptr) + 1);
    const gup::Milliseconds first = clock.monotonic();
    CHECK(clock.monotonic() >= first);
}

TEST_CASE("parse_http_date: the one form that servers send, and nothing else") {
    CHECK(gup::parse_http_date("Sat, 21 Nov 2026 02:00:13 GMT") == 1'795'226'413);
    CHECK(gup::parse_http_date("Thu, 01 Jan 1970 00:00:00 GMT") == 0);
    CHECK(gup::parse_http_date("Fri, 01 Jan 2100 00:00:00 GMT") == 4'102'444'800);
    for (const char* text :
         {"", "Sat, 31 Feb 2026 02:00:13 GMT", "2026-11-21T02:00:13Z", "Sat, 21 Nov 2026 02:00:13 GMT+1"}) {
        CHECK(gup::parse_http_date(text) == -1);
    }
}

namespace gup {

TEST_CASE("parse_utc and format_utc: one is the inverse of the other") {
    struct Case {
        const char* text;
        std::int64_t seconds;
    };
    for (const Case& one :
         {Case{"1970-01-01T00:00:00Z", 0}, Case{"1970-01-02T03:04:05Z", 97'445}, Case{"1969-12-31T23:59:59Z", -1},
          Case{"2026-11-21T02:00:00Z", 1'795'226'400}, Case{"2000-02-29T23:59:59Z", 951'868'799},
          Case{"2038-01-19T03:14:08Z", 2'147'483'648}, Case{"0000-01-01T00:00:00Z", -62'167'219'200},
          Case{"9999-12-31T23:59:59Z", 253'402'300'799}}) {
        CAPTURE(one.text);
        CHECK(parse_utc(one.text) == one.seconds);
        CHECK(format_utc(one.seconds) == one.text);
    }
}

TEST_CASE("parse_utc: a leap second is read, an impossible day or time is not") {
    CHECK(parse_utc("2016-12-31T23:59:60Z") == 1'483'228'800);
    for (const char* text :
         {"", "2026-11-21T02:00:00", "2026-11-21T02:00:00ZZ", "2026-11-21 02:00:00Z", "2026-02-30T00:00:00Z",
          "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-11-00T00:00:00Z", "2026-11-21T24:00:00Z",
          "2026-11-21T02:60:00Z", "2026-11-21T02:00:61Z", "2026/11/21T02:00:00Z", "2026-11-21T02:00:00z",
          "2026-11-21T02.00.00Z"}) {
        CHECK_MESSAGE(parse_utc(text) == std::nullopt, text);
    }
}

TEST_CASE("parse_utc: every digit has to be one") {
    const std::string text = "2026-11-21T02:00:00Z";
    for (std::size_t i = 0; i < text.size(); ++i) {
        for (const char wrong : {'/', ':', 'x'}) {
            std::string changed = text;
            if (changed[i] == wrong) continue;
            changed[i] = wrong;
            CHECK_MESSAGE(parse_utc(changed) == std::nullopt, changed);
        }
    }
}

TEST_CASE("parse_utc: the inverse of format_utc, past 2038 too") {
    for (const std::int64_t moment : {std::int64_t{0}, std::int64_t{1795258650}, std::int64_t{4102444800}}) {
        CHECK(parse_utc(format_utc(moment)) == moment);
    }
    CHECK(format_utc(4102444800) == "2100-01-01T00:00:00Z");
    for (const char* text :
         {"", "2026-11-21", "2026-11-21T02:00:00", "2026-11-21T02:00:00+01:00", "2026-13-01T00:00:00Z",
          "2026-02-30T00:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21 02:00:00Z", "2026-11-2xT02:00:00Z"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_utc(text));
    }
}

}  // namespace gup

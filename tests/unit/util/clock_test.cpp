#include "util/clock.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>

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

TEST_CASE("parse_time: -1 for what has another form") {
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

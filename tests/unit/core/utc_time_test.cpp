#include "core/utc_time.hpp"

#include <doctest/doctest.h>

#include <string>

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

TEST_CASE("parse_utc: a leap second is read, what is no day or no time is not") {
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

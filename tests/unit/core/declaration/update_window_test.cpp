// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/update_window.hpp"

#include <doctest/doctest.h>

#include <string>

#include "core/declaration/gupfile.hpp"
#include "update/maintenance_window.hpp"

using gup::UpdateWindow;

namespace {

// Saturday, 21 November 2026.
std::chrono::local_seconds on_saturday(int hour, int minute) {
    using namespace std::chrono;
    return local_days{year{2026} / November / 21} + hours{hour} + minutes{minute};
}

UpdateWindow window_of(const char* hours, const char* days = nullptr) {
    UpdateWindow window;
    if (hours != nullptr) REQUIRE(gup::set_hours(window, hours).ok());
    if (days != nullptr) REQUIRE(gup::set_days(window, days).ok());
    return window;
}

gup::TimeZone window_zone(const char* name) {
    auto loaded = gup::TimeZone::load(name);
    REQUIRE(loaded.ok());
    return *std::move(loaded);
}

gup::UnixTime window_time(const char* text) {
    const auto time = gup::parse_time(text);
    REQUIRE(time > 0);
    return time;
}

bool is_open_at(const UpdateWindow& window, const char* zone, const char* text) {
    return gup::is_open(window, window_zone(zone).local_time(window_time(text)));
}

}  // namespace

TEST_CASE("is_open: from the first minute of a window to before its end") {
    const UpdateWindow night = window_of("02:00-05:00");
    CHECK_FALSE(gup::is_open(night, on_saturday(1, 59)));
    CHECK(gup::is_open(night, on_saturday(2, 0)));
    CHECK(gup::is_open(night, on_saturday(4, 59)));
    CHECK_FALSE(gup::is_open(night, on_saturday(5, 0)));
    const UpdateWindow two = window_of(" 02:00 - 05:00 , 13:00-14:00 ");
    CHECK(gup::is_open(two, on_saturday(13, 30)));
    CHECK_FALSE(gup::is_open(two, on_saturday(12, 59)));
    CHECK(gup::is_open(window_of("00:00-24:00"), on_saturday(23, 59)));
    CHECK(gup::is_open(window_of("22:00-24:00"), on_saturday(23, 59)));
    CHECK_FALSE(gup::is_open(window_of("22:00-24:00"), on_saturday(0, 0)));
}

TEST_CASE("is_open: hours that cross midnight belong to the day on which they begin") {
    const UpdateWindow saturdays = window_of("22:00-04:00", "sat");
    CHECK(gup::is_open(saturdays, on_saturday(22, 0)));
    CHECK(gup::is_open(saturdays, on_saturday(24, 30)));
    CHECK_FALSE(gup::is_open(saturdays, on_saturday(28, 0)));
    CHECK_FALSE(gup::is_open(saturdays, on_saturday(0, 30)));
    CHECK_FALSE(gup::is_open(window_of("22:00-04:00", "0"), on_saturday(24, 30)));
    // A whole day.
    CHECK(gup::is_open(window_of("02:00-02:00", "6"), on_saturday(25, 59)));
    CHECK_FALSE(gup::is_open(window_of("02:00-02:00", "6"), on_saturday(26, 0)));
}

TEST_CASE("is_open: without hours only the days matter, and without both it is always open") {
    CHECK(gup::is_open(UpdateWindow{}, on_saturday(12, 0)));
    CHECK_FALSE(UpdateWindow{}.is_limited());
    CHECK(gup::is_open(window_of(nullptr, "mon-tue,sat"), on_saturday(12, 0)));
    CHECK_FALSE(gup::is_open(window_of(nullptr, "sun-fri"), on_saturday(12, 0)));
    CHECK(gup::is_open(window_of(nullptr, "7"), on_saturday(24, 0)));
    CHECK_FALSE(window_of(nullptr, "*").is_limited());
}

TEST_CASE("is_open: follows local time where clocks change") {
    // 2026-03-29: 02:00 becomes 03:00 in Berlin; 2026-10-25: 03:00 becomes 02:00.
    const UpdateWindow night = window_of("02:00-03:30");
    CHECK_FALSE(is_open_at(night, "Europe/Berlin", "2026-03-29T00:59:59+0000"));
    CHECK(is_open_at(night, "Europe/Berlin", "2026-03-29T01:00:00+0000"));  // 03:00
    CHECK_FALSE(is_open_at(night, "Europe/Berlin", "2026-03-29T01:30:00+0000"));
    for (const char* open : {"2026-10-25T00:00:00+0000", "2026-10-25T01:00:00+0000", "2026-10-25T02:29:00+0000"}) {
        CAPTURE(open);
        CHECK(is_open_at(night, "Europe/Berlin", open));
    }
    CHECK_FALSE(is_open_at(night, "Europe/Berlin", "2026-10-25T02:30:00+0000"));
    CHECK(is_open_at(night, "Asia/Tokyo", "2026-03-28T17:00:00+0000"));
}

TEST_CASE("next_opening: the first one in local time, with days and clock changes") {
    const auto opens = [](const UpdateWindow& window, const char* zone, const char* now) {
        const auto moment = gup::next_opening(window, window_zone(zone), window_time(now));
        return moment ? *moment : 0;
    };
    const UpdateWindow night = window_of("02:30-02:50, 13:00-14:00");
    CHECK(opens(night, "UTC", "2026-11-21T02:30:00+0000") == window_time("2026-11-21T13:00:00+0000"));
    CHECK(opens(night, "UTC", "2026-11-21T13:00:00+0000") == window_time("2026-11-22T02:30:00+0000"));
    CHECK(opens(window_of("22:00-04:00", "sat"), "Asia/Tokyo", "2026-11-22T00:00:00+0000") ==
          window_time("2026-11-28T13:00:00+0000"));
    // The night on which clocks skip it, and the night on which they repeat it.
    const UpdateWindow early = window_of("02:30-02:50");
    CHECK(opens(early, "Europe/Berlin", "2026-03-28T12:00:00+0000") == window_time("2026-03-30T00:30:00+0000"));
    CHECK(opens(early, "Europe/Berlin", "2026-10-24T12:00:00+0000") == window_time("2026-10-25T00:30:00+0000"));
    CHECK(opens(window_of(nullptr, "mon"), "UTC", "2026-11-23T12:00:00+0000") ==
          window_time("2026-11-30T00:00:00+0000"));
}

TEST_CASE("set_hours: an invalid window is refused and changes nothing") {
    for (const std::string text : {"", "02:00", "2:00-5:00", "02:00-25:00", "02:60-05:00", "24:00-02:00",
                                   "02:00-05:00,", "02:00-05:00-06:00", "aa:bb-cc:dd", "02:00–05:00", "24:01-24:02"}) {
        CAPTURE(text);
        UpdateWindow window;
        const auto status = gup::set_hours(window, text);
        REQUIRE_FALSE(status.ok());
        CHECK(status.error().hint.find("02:00-05:00") != std::string::npos);
        CHECK_FALSE(window.is_limited());
    }
    UpdateWindow window;
    CHECK_FALSE(gup::set_days(window, "someday").ok());
    CHECK_FALSE(gup::set_days(window, "").ok());
    CHECK_FALSE(window.is_limited());
}

TEST_CASE("parse_gupfile: [update] has the times at which a connector may be changed") {
    const gup::Gupfile gupfile = gup::parse_gupfile(
        "[update]\nwindow = \"02:00-05:00\"\ndays = \"mon-fri\"\nbusy = \"/run/meter/busy\"\nready = \"bin/may\"\n"
        "at-most = \"2d\"\n");
    CHECK(gupfile.problems.empty());
    CHECK(gupfile.update.are_limited());
    CHECK(gup::display(gupfile.update.window) == "02:00-05:00, mon-fri");
    CHECK(gupfile.update.busy == "/run/meter/busy");
    CHECK(gupfile.update.ready == "bin/may");
    CHECK(gupfile.update.at_most == std::chrono::hours{48});
    CHECK_FALSE(gup::parse_gupfile("[update]\n").update.are_limited());
}

TEST_CASE("parse_gupfile: a mistake in [update] has its place and a hint") {
    for (const char* line : {"window = \"2-5\"", "window = 2", "days = \"someday\"", "busy = \"../busy\"",
                             "ready = \"/bin/true\"", "at-most = \"400d\"", "at-most = \"0s\"", "wndow = \"x\""}) {
        CAPTURE(line);
        const gup::Gupfile gupfile = gup::parse_gupfile(std::string("[update]\n") + line + "\n");
        REQUIRE(gupfile.problems.size() == 1);
        CHECK(gupfile.problems.front().line == 2);
        CHECK_FALSE(gupfile.problems.front().hint.empty());
        CHECK_FALSE(gupfile.usable());
    }
}

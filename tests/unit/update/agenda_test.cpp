// SPDX-License-Identifier: Apache-2.0
#include "update/agenda.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <sstream>

#include "fixture.hpp"

using gup::Agenda;
using gup::CronExpression;
using gup::TimeZone;
using gup::UnixTime;

namespace {

std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells;
    constexpr std::string_view between = " | ";
    for (std::size_t at = 0;;) {
        const std::size_t end = line.find(between, at);
        cells.push_back(line.substr(at, end - at));
        if (end == std::string::npos) return cells;
        at = end + between.size();
    }
}

CronExpression expression(const char* text) {
    auto parsed = CronExpression::parse(text);
    REQUIRE(parsed.ok());
    return *std::move(parsed);
}

TimeZone zone(const char* name) {
    auto loaded = TimeZone::load(name);
    REQUIRE(loaded.ok());
    return *std::move(loaded);
}

UnixTime utc(const char* text) {
    return gup::parse_time(std::string(text) + ":00+0000");
}

Agenda agenda_of(std::vector<gup::Schedule> schedules, const char* zone_name, UnixTime delay = 0) {
    return {std::move(schedules), zone(zone_name), [delay] { return delay; }};
}

// The daemon's loop with a clock that jumps from one wake-up to the next: the runs and their times.
std::vector<std::string> simulate(Agenda& agenda, UnixTime now, UnixTime end) {
    std::vector<std::string> runs;
    for (;;) {
        const auto wake = agenda.next_wake(now);
        REQUIRE(wake);
        if (*wake >= end) return runs;
        REQUIRE(*wake >= now);
        now = *wake;
        const gup::DueRun run = agenda.due(now);
        REQUIRE_FALSE(run.empty());
        std::string text = std::to_string(now) + (run.all ? " all" : "");
        for (const std::string& name : run.connectors) text += " " + name;
        runs.push_back(text);
        (void)agenda.served(run, now);
    }
}

}  // namespace

TEST_CASE("next_time: gives the same times as a check of every minute, with clock changes of many zones") {
    std::istringstream lines(*gup::read_file(GUP_SCHEDULE_CASES));
    int cases = 0;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with('#')) continue;
        CAPTURE(line);
        const auto cells = cells_of(line);
        REQUIRE(cells.size() == 5);
        const TimeZone there = zone(cells[0].c_str());
        const CronExpression times = expression(cells[1].c_str());
        UnixTime now = std::stoll(cells[2]);
        const UnixTime until = std::stoll(cells[3]);
        std::istringstream wanted(cells[4]);
        for (UnixTime want = 0; wanted >> want;) {
            now = gup::next_time(times, there, now);
            CHECK(now == want);
        }
        CHECK(gup::next_time(times, there, now) > until);
        ++cases;
    }
    CHECK(cases > 80);
}

TEST_CASE("TimeZone::load: a name that is not a zone is refused, even if it is a file") {
    for (const char* name :
         {"Europe/Berlinn", "/etc/passwd", "../../../etc/localtime", "libc:localtime", "file:UTC", " "}) {
        CAPTURE(name);
        const auto loaded = TimeZone::load(name);
        REQUIRE_FALSE(loaded.ok());
        CHECK(loaded.error().code == gup::ErrorCode::invalid_input);
        CHECK(loaded.error().message.find(name) != std::string::npos);
    }
}

TEST_CASE("Agenda: two days around each clock change, three schedules at once, each time once") {
    const auto schedules = [] {
        return std::vector<gup::Schedule>{{"", {expression("30 2 * * *")}},
                                          {"meter", {expression("0 1-3 * * *")}},
                                          {"heat", {expression("0 */12 * * *"), expression("0 12 29 3 *")}}};
    };
    Agenda spring = agenda_of(schedules(), "Europe/Berlin");
    const UnixTime saturday = utc("2026-03-28T00:00");  // 01:00 there
    spring.remember({}, saturday);
    CHECK(simulate(spring, saturday, utc("2026-03-29T12:00")) ==
          std::vector<std::string>{
              std::to_string(utc("2026-03-28T01:00")) + " meter", std::to_string(utc("2026-03-28T01:30")) + " all",
              std::to_string(utc("2026-03-28T02:00")) + " meter", std::to_string(utc("2026-03-28T11:00")) + " heat",
              std::to_string(utc("2026-03-28T23:00")) + " heat", std::to_string(utc("2026-03-29T00:00")) + " meter",
              std::to_string(utc("2026-03-29T01:00")) + " all meter",  // 02:30 and 02:00, which do not exist, and 03:00
              std::to_string(utc("2026-03-29T10:00")) + " heat"});

    Agenda autumn = agenda_of(schedules(), "Europe/Berlin");
    const UnixTime sunday = utc("2026-10-24T22:30");  // 00:30 there
    autumn.remember({}, sunday);
    CHECK(simulate(autumn, sunday, utc("2026-10-25T12:00")) ==
          std::vector<std::string>{
              std::to_string(utc("2026-10-24T23:00")) + " meter", std::to_string(utc("2026-10-25T00:00")) + " meter",
              std::to_string(utc("2026-10-25T00:30")) + " all", std::to_string(utc("2026-10-25T02:00")) + " meter",
              std::to_string(utc("2026-10-25T11:00")) + " heat"});
}

TEST_CASE("Agenda: missed times give one run, after a random delay") {
    Agenda agenda = agenda_of({{"", {expression("0 2 * * *")}}}, "UTC", 90);
    const UnixTime now = utc("2026-11-21T09:00");
    agenda.remember({{"", utc("2026-11-17T02:01")}}, now);
    CHECK(agenda.next_wake(now) == now + 90);
    CHECK(agenda.due(now + 89).empty());
    CHECK(agenda.due(now + 90).all);
    CHECK(agenda.served(agenda.due(now + 90), now + 95));
    CHECK(agenda.next_wake(now + 95) == utc("2026-11-22T02:00") + 90);
}

TEST_CASE("Agenda: a first start makes no run for missed times") {
    Agenda agenda = agenda_of({{"", {expression("0 2 * * *")}}}, "UTC");
    agenda.remember({}, utc("2026-11-21T02:00"));
    CHECK(agenda.next_wake(utc("2026-11-21T02:00")) == utc("2026-11-22T02:00"));
}

TEST_CASE("Agenda: a clock that is put forward makes the missed run, one that goes back repeats nothing") {
    Agenda agenda = agenda_of({{"", {expression("0 2 * * *")}}}, "UTC", 10);
    agenda.remember({}, utc("2026-11-20T12:00"));
    CHECK(agenda.next_wake(utc("2026-11-20T12:00")) == utc("2026-11-21T02:00") + 10);
    // A Raspberry Pi without its own clock, after its first contact with a time server.
    agenda.clock_changed();
    CHECK(agenda.next_wake(utc("2026-11-21T15:00")) == utc("2026-11-21T15:00") + 10);
    (void)agenda.served(agenda.due(utc("2026-11-21T15:01")), utc("2026-11-21T15:01"));
    agenda.clock_changed();
    CHECK(agenda.next_wake(utc("2026-11-21T14:00")) == utc("2026-11-22T02:00") + 10);
    // The clock was years ahead, so the times that it served say nothing about now.
    agenda.remember({{"", utc("2036-01-01T00:00")}}, utc("2026-11-21T15:00"));
    CHECK(agenda.next_wake(utc("2026-11-21T15:00")) == utc("2026-11-22T02:00") + 10);
}

TEST_CASE("Agenda: only a schedule that could miss a time is written") {
    Agenda often = agenda_of({{"", {expression("*/15 * * * *")}}}, "UTC");
    const UnixTime noon = utc("2026-11-21T12:00");
    often.remember({}, noon - 60);
    CHECK_FALSE(often.served({true, {}}, noon));
    Agenda both = agenda_of({{"", {expression("*/15 * * * *")}}, {"meter", {expression("0 2 * * *")}}}, "UTC");
    both.remember({}, noon - 60);
    CHECK_FALSE(both.served({true, {}}, noon));
    CHECK(both.served({false, {"meter"}}, noon));
    CHECK(both.served_times() == gup::ServedTimes{{"", noon}, {"meter", noon}});
}

TEST_CASE("read_served_times: reads the written times, nothing from a missing file, and refuses an invalid one") {
    const gup::test::Folder folder;
    const gup::fs::path file = folder / "state/schedule";
    REQUIRE(gup::read_served_times(file).ok());
    CHECK(gup::read_served_times(file)->empty());
    const gup::ServedTimes times{{"", 1'795'226'400}, {"smart-meter", 1'795'226'401}};
    REQUIRE(gup::write_served_times(file, times).ok());
    CHECK(*gup::read_served_times(file) == times);
    for (const char* text : {"yesterday meter\n", "12x meter\n", "12\n", "\n", "-5 meter\n"}) {
        REQUIRE(gup::write_file_atomically(file, text).ok());
        CHECK_FALSE(gup::read_served_times(file).ok());
    }
}

// SPDX-License-Identifier: Apache-2.0
#include "update/maintenance_window.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "fixture.hpp"
#include "util/log/log.hpp"

namespace gup {

using namespace test;

namespace {

constexpr UnixTime day = 24 * 3600;

// A connector that a scheduled run wants to update.
struct WaitingConnector {
    Folder folder;
    Observation observation;
    UpdateSettings settings;
    StatusDocument status;

    WaitingConnector() {
        observation.connector = {"meter", folder / "meter"};
        observation.owner = owner_with(::geteuid());
        fs::create_directories(observation.connector.path);
        settings.is_scheduled = true;
        settings.time_zone = "UTC";
    }
    [[nodiscard]] UpdateTimes& times() { return observation.gupfile.update; }
    // A window on the weekday in `days` days, and on no other one.
    static UpdateWindow window_in(int days) {
        constexpr std::array names{"thu", "fri", "sat", "sun", "mon", "tue", "wed"};  // from 1970 on
        UpdateWindow window;
        REQUIRE(set_days(window, names.at((system_clock().now() / day + static_cast<UnixTime>(days)) % 7)).ok());
        return window;
    }
    // Closed whenever the test runs, and a day later.
    void close_window() { times().window = window_in(3); }
    void has_waited_for(UnixTime seconds) {
        ConnectorStatus known;
        known.report.name = "meter";
        known.report.waiting = Waiting{system_clock().now() - seconds, 0, {}, {}};
        status.connectors = {known};
    }
    void ready_program(const std::string& body) {
        times().ready = "ready.sh";
        put(folder / "meter/ready.sh", "#!/bin/sh\necho x >>" + (folder / "asked").string() + "\n" + body + "\n");
        ::chmod((folder / "meter/ready.sh").c_str(), 0755);
    }
    [[nodiscard]] std::string asked() const { return read_file(folder / "asked").value_or(""); }

    [[nodiscard]] std::optional<Deferral> look() const { return find_deferral(observation, settings, status); }
    [[nodiscard]] std::optional<Deferral> ask() const { return MaintenanceWindow(settings, status).ask(observation); }
};

}  // namespace

TEST_CASE("MaintenanceWindow: without an [update] table no update waits") {
    const WaitingConnector meter;
    CHECK_FALSE(meter.look());
    CHECK_FALSE(meter.ask());
}

TEST_CASE("find_deferral: the deferral of a closed window names its opening and the command that does not wait") {
    WaitingConnector meter;
    meter.close_window();
    const auto closed = meter.look();
    REQUIRE(closed);
    CHECK(closed->outcome == Outcome::deferred);
    CHECK(holds(closed->reason, display(meter.times().window)));
    CHECK(holds(closed->hint, "gup-agent now meter"));
    CHECK(closed->waiting.days == meter.times().window.days_text);
    CHECK(closed->waiting.window.empty());
    CHECK(closed->waiting.until - closed->waiting.since == 7 * day);
    CHECK(system_clock().now() - closed->waiting.since < day);
}

TEST_CASE("find_deferral: a window is open in its hours") {
    WaitingConnector meter;
    REQUIRE(set_hours(meter.times().window, "00:00-24:00").ok());
    CHECK_FALSE(meter.look());
}

TEST_CASE("update_times: the operator's window overrides that of the gupfile, whose other limits stay") {
    WaitingConnector meter;
    meter.close_window();
    meter.times().busy = "busy";
    UpdateWindow always;
    REQUIRE(set_hours(always, "00:00-24:00").ok());
    meter.settings.windows["meter"] = always;
    CHECK_FALSE(meter.look());
    CHECK(update_times(meter.observation, meter.settings).busy == "busy");
    meter.settings.windows = {{"pump", always}};
    CHECK(meter.look());
}

TEST_CASE(
    "find_deferral: the start of the wait is that of an earlier run, and a clock that was ahead does not make it "
    "longer") {
    WaitingConnector meter;
    meter.close_window();
    meter.has_waited_for(2 * day);
    const auto closed = meter.look();
    REQUIRE(closed);
    CHECK(closed->waiting.since == meter.status.connectors[0].report.waiting->since);
    CHECK(closed->waiting.until == closed->waiting.since + 7 * day);
    meter.has_waited_for(-100 * day);
    CHECK(meter.look()->waiting.since <= system_clock().now());
}

TEST_CASE("find_deferral: a window is never ignored, but one in which no run starts becomes a failure") {
    WaitingConnector meter;
    meter.close_window();
    meter.has_waited_for(8 * day);
    const auto closed = meter.look();
    REQUIRE(closed);
    CHECK(closed->outcome == Outcome::failed);
    CHECK(holds(closed->hint, "gup-agent now meter"));
    CHECK(closed->hint != "gup-agent now meter does not wait");
}

TEST_CASE("find_deferral: an unknown time zone is a failure, and opens no window") {
    WaitingConnector meter;
    REQUIRE(set_hours(meter.times().window, "00:00-24:00").ok());
    meter.settings.time_zone = "Europe/Atlantis";
    const auto closed = meter.look();
    REQUIRE(closed);
    CHECK(closed->outcome == Outcome::failed);
    CHECK(holds(closed->reason, "Europe/Atlantis"));
}

TEST_CASE("find_deferral: the connector is busy as long as its file exists, until at-most is over") {
    WaitingConnector meter;
    meter.times().busy = "busy";
    CHECK_FALSE(meter.look());
    put(meter.folder / "meter/busy", "");
    const auto busy = meter.look();
    REQUIRE(busy);
    CHECK(busy->outcome == Outcome::deferred);
    CHECK(holds(busy->reason, "busy"));
    CHECK(busy->waiting.days.empty());
    meter.has_waited_for(6 * day);
    CHECK(meter.look());
    meter.has_waited_for(8 * day);
    CHECK_FALSE(meter.look());
    meter.times().at_most = std::chrono::hours{24 * 30};
    CHECK(meter.look());
    meter.times().busy = (meter.folder / "elsewhere").string();
    CHECK_FALSE(meter.look());
    fs::create_symlink("nowhere", meter.folder / "elsewhere");
    CHECK(meter.look());
}

TEST_CASE("MaintenanceWindow: only scheduled runs wait") {
    WaitingConnector meter;
    meter.close_window();
    CHECK(meter.ask());
    CHECK(MaintenanceWindow(meter.settings, meter.status).recheck(meter.observation));
    meter.settings.is_scheduled = false;
    CHECK_FALSE(meter.ask());
    CHECK_FALSE(MaintenanceWindow(meter.settings, meter.status).recheck(meter.observation));
}

TEST_CASE("MaintenanceWindow: the connector's program runs once a run, and not while the window is closed") {
    WaitingConnector meter;
    meter.ready_program("echo 'a valve moves' >&2; exit 1");
    {
        MaintenanceWindow gate(meter.settings, meter.status);
        const auto first = gate.ask(meter.observation);
        REQUIRE(first);
        CHECK(first->outcome == Outcome::deferred);
        CHECK(holds(first->reason, "ready.sh"));
        REQUIRE(gate.ask(meter.observation));
        CHECK(gate.ask(meter.observation)->reason == first->reason);
        CHECK(meter.asked() == "x\n");
        CHECK_FALSE(gate.recheck(meter.observation));
        CHECK(meter.asked() == "x\n");
    }
    meter.has_waited_for(8 * day);
    CHECK_FALSE(meter.ask());
    CHECK(meter.asked() == "x\n");
    meter.has_waited_for(0);
    meter.ready_program("exit 0");
    CHECK_FALSE(meter.ask());
    CHECK(meter.asked() == "x\nx\n");
    meter.close_window();
    CHECK(meter.ask());
    CHECK(meter.asked() == "x\nx\n");
}

TEST_CASE("MaintenanceWindow: a program that cannot be run defers") {
    WaitingConnector meter;
    meter.times().ready = "ready.sh";
    const auto missing = meter.ask();
    REQUIRE(missing);
    CHECK(missing->outcome == Outcome::deferred);
    CHECK(holds(missing->reason, "ready.sh"));
}

TEST_CASE("MaintenanceWindow: the log says when at-most is over for a connector, but not for a window alone") {
    WaitingConnector meter;
    log::Options options;
    options.file = meter.folder / "gup.log";
    log::open(options);
    meter.times().busy = "busy";
    meter.has_waited_for(8 * day);
    CHECK_FALSE(meter.ask());
    CHECK(holds(read_file(options.file).value_or(""), "(meter)"));
    const auto logged = read_file(options.file).value_or("");
    meter.times().busy.clear();
    REQUIRE(set_hours(meter.times().window, "00:00-24:00").ok());
    CHECK_FALSE(meter.ask());
    CHECK(read_file(options.file).value_or("") == logged);
    log::open({});
}

}  // namespace gup

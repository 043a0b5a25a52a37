// SPDX-License-Identifier: Apache-2.0
#include "update/connector_update.hpp"

#include <doctest/doctest.h>

#include "deployment_fixture.hpp"
#include "update/maintenance_window.hpp"
#include "update/verify.hpp"

namespace gup {

using namespace test;

namespace {

// One connector's night: observed, fetched, decided, deployed and reported.
struct WholeNight : DeploymentSite {
    std::string old = head();
    History history;
    StatusDocument status;
    MaintenanceWindow gate{settings, status};

    // With alpha pinned, or with that gupfile.
    explicit WholeNight(const std::string& gupfile = "") {
        if (gupfile.empty()) return;
        box.publish_file("gupfile", gupfile);
        box.git(box.gateway(), "pull -q");
        old = head();
    }

    ConnectorReport run() {
        const auto observations = observe_all({connector}, settings, events);
        ConnectorUpdate update({observations[0], fetch(observations[0], gate, settings, events), history}, gate,
                               settings, events);
        if (update.prepare() == ConnectorUpdate::Next::wait && update.activate() == ConnectorUpdate::Next::wait) {
            verify_and_commit({update.switched()}, settings, events);
        }
        ConnectorReport report = update.report();
        CHECK_FALSE(has_journal());
        return report;
    }
    void hook(const fs::path& folder, const std::string& body) const {
        put(folder / "10-hook", "#!/bin/sh\n" + body + "\n");
        fs::permissions(folder / "10-hook", fs::perms::owner_all);
    }
};

}  // namespace

TEST_CASE("ConnectorUpdate: a night without news is unchanged") {
    WholeNight meter("# no pins\n");
    const ConnectorReport report = meter.run();
    CHECK(report.outcome == Outcome::unchanged);
    CHECK(report.reason.empty());
    CHECK(report.actions.empty());
    CHECK(report.commit == meter.old);
    CHECK(report.branch == "main");
}

TEST_CASE("ConnectorUpdate: a new commit is an action, and the report has both commits") {
    WholeNight meter("# no pins\n");
    const std::string newer = meter.box.publish_file("main.py", "print(2)\n");
    const ConnectorReport report = meter.run();
    CHECK(report.outcome == Outcome::updated);
    CHECK(report.from_commit == meter.old);
    CHECK(report.commit == newer);
    CHECK(report.actions.size() == 1);
    CHECK_FALSE(report.generation.empty());
    CHECK(meter.head() == newer);
}

TEST_CASE("ConnectorUpdate: pins are told with what is installed, and a pin that is not available is held back") {
    WholeNight meter("alpha,1.0\nbroken,1.0\n");
    meter.make_virtualenv();
    const ConnectorReport report = meter.run();
    CHECK(report.outcome == Outcome::failed);
    CHECK(report.actions.size() == 1);
    CHECK(meter.has_alpha(meter.place()));
    CHECK(report.pins == std::vector<PinState>{{"alpha", "1.0", "1.0"}, {"broken", "1.0", ""}});
    REQUIRE(report.held_back.size() == 1);
    CHECK(report.held_back[0].requirement.name == "broken");
    CHECK(holds(report.reason, "broken==1.0"));

    // The next night knows it, and does not try again.
    meter.history.held_back = report.held_back;
    const ConnectorReport next = meter.run();
    CHECK(next.outcome == Outcome::failed);
    CHECK(next.actions.empty());
    CHECK(next.held_back == report.held_back);
}

TEST_CASE("ConnectorUpdate: a pin that fails does not hide that the code was updated") {
    WholeNight meter("broken,1.0\n");
    meter.make_virtualenv();
    const std::string newer = meter.box.publish_file("main.py", "print(2)\n");
    const ConnectorReport report = meter.run();
    CHECK(report.outcome == Outcome::failed);
    CHECK(report.commit == newer);
    CHECK(report.actions.size() == 1);
    CHECK(meter.head() == newer);
}

TEST_CASE("ConnectorUpdate: without a virtualenv the code moves, and the pins say what is missing") {
    WholeNight meter;
    meter.settings.create_virtualenv = false;
    const std::string newer = meter.box.publish_file("main.py", "print(2)\n");
    const ConnectorReport report = meter.run();
    CHECK(report.outcome == Outcome::failed);
    CHECK(meter.head() == newer);
    CHECK(holds(report.hint, "python3 -m venv"));
    CHECK(report.pins == std::vector<PinState>{{"alpha", "1.0", ""}});
}

TEST_CASE("ConnectorUpdate: a release that is not healthy is rolled back, quarantined, and not tried again") {
    WholeNight meter("# no pins\n");
    const std::string bad = meter.box.publish_file("gupfile", "[health]\ncommand = \"false\"\nwithin = 1\nevery = 1\n");
    const ConnectorReport report = meter.run();
    CHECK(report.outcome == Outcome::rolled_back);
    CHECK(report.commit == meter.old);
    CHECK(report.actions.empty());
    CHECK(meter.head() == meter.old);
    REQUIRE(report.quarantine.size() == 1);
    CHECK(report.quarantine[0].release.commit == bad);
    CHECK_FALSE(report.quarantine[0].by_hand);

    meter.history.quarantine = report.quarantine;
    const ConnectorReport next = meter.run();
    CHECK(next.outcome == Outcome::rolled_back);
    CHECK(next.quarantine == report.quarantine);
    CHECK(meter.head() == meter.old);
    CHECK(holds(next.hint, "--retry"));

    meter.history.quarantine[0].by_hand = true;
    CHECK(meter.run().outcome == Outcome::skipped);
}

TEST_CASE("ConnectorUpdate: hooks before the switch block it, and hooks after it take it back") {
    WholeNight meter("# no pins\n");
    meter.box.publish_file("main.py", "print(2)\n");
    SUBCASE("before") {
        meter.hook(meter.settings.hooks.pre_update, "exit 1");
        const ConnectorReport report = meter.run();
        CHECK(report.outcome == Outcome::blocked);
        CHECK(report.quarantine.empty());
        CHECK(holds(report.reason, "10-hook"));
    }
    SUBCASE("after") {
        meter.hook(meter.settings.hooks.post_update, "exit 1");
        const ConnectorReport report = meter.run();
        CHECK(report.outcome == Outcome::rolled_back);
        CHECK(report.quarantine.size() == 1);
    }
    CHECK(meter.head() == meter.old);
}

TEST_CASE("ConnectorUpdate: code in which somebody works stays, and a person's choice is no failure") {
    WholeNight meter("# no pins\n");
    meter.box.publish_file("main.py", "print(2)\n");
    Outcome outcome = Outcome::skipped;
    SUBCASE("another branch") {
        meter.box.git(meter.box.gateway(), "switch -q -c experiment");
    }
    SUBCASE("no branch") {
        meter.box.git(meter.box.gateway(), "checkout -q --detach");
    }
    SUBCASE("a lock") {
        write(meter.box.gateway() / ".git/index.lock", "");
        outcome = Outcome::failed;
    }
    SUBCASE("a change that would be lost") {
        write(meter.box.gateway() / "main.py", "print(3)\n");
        outcome = Outcome::failed;
    }
    const ConnectorReport report = meter.run();
    CHECK(report.outcome == outcome);
    CHECK_FALSE(report.reason.empty());
    CHECK_FALSE(report.hint.empty());
    CHECK(report.actions.empty());
    CHECK(meter.head() == meter.old);
}

TEST_CASE("ConnectorUpdate: an update waits for its time, and the report says since when") {
    WholeNight meter("# no pins\n");
    meter.box.publish_file("main.py", "print(2)\n");
    meter.box.git(meter.box.gateway(), "fetch -q");
    meter.settings.is_scheduled = true;
    write(meter.box.gateway() / "busy", "");
    auto observations = observe_all({meter.connector}, meter.settings, meter.events);
    observations[0].gupfile.update.busy = "busy";
    FetchResult fetched = fetch(observations[0], meter.gate, meter.settings, meter.events);
    ConnectorUpdate update({observations[0], std::move(fetched), {}}, meter.gate, meter.settings, meter.events);
    CHECK(update.prepare() == ConnectorUpdate::Next::report);
    const ConnectorReport report = update.report();
    CHECK(report.outcome == Outcome::deferred);
    REQUIRE(report.waiting);
    CHECK(holds(report.reason, "main "));
    CHECK(meter.head() == meter.old);
}

TEST_CASE("ConnectorUpdate: a connector that cannot be observed fails, and keeps what is known of it") {
    WholeNight meter;
    const HeldPin held{broken, "no such version", 1};
    meter.history.held_back = {held};
    meter.history.waiting = Waiting{1, 2, {}, {}};
    fs::remove(meter.box.gateway() / "gupfile");
    const ConnectorReport report = meter.run();
    CHECK(report.outcome == Outcome::failed);
    CHECK(holds(report.reason, "gupfile"));
    CHECK(report.held_back == std::vector<HeldPin>{held});
    CHECK(report.waiting == meter.history.waiting);
    CHECK_FALSE(report.unreachable);
}

TEST_CASE("ConnectorUpdate: a remote that cannot be read fails, and pins are installed all the same") {
    WholeNight meter;
    meter.make_virtualenv();
    fs::remove_all(meter.box.remote());
    const ConnectorReport report = meter.run();
    CHECK(report.outcome == Outcome::failed);
    CHECK(report.actions.size() == 1);
    CHECK(meter.has_alpha(meter.place()));
}

TEST_CASE("failed_report: a network that is down is told apart") {
    Observation observation;
    observation.connector.name = "meter";
    observation.code.commit = "aaa";
    observation.gupfile.pins = {{"Paho_MQTT", "1.3.1", "", 1}, {"six", "1", "", 2}};
    observation.virtualenv.distributions.resize(1);
    observation.virtualenv.distributions[0].name = "paho-mqtt";
    observation.virtualenv.distributions[0].version = "1.3.0";
    const ConnectorReport report = failed_report(observation, {ErrorCode::unreachable, "no route", "plug it in"}, {});
    CHECK(report.outcome == Outcome::failed);
    CHECK(report.unreachable);
    CHECK(report.reason == "no route");
    CHECK(report.hint == "plug it in");
    CHECK(report.commit == "aaa");
    CHECK(report.pins == std::vector<PinState>{{"Paho_MQTT", "1.3.1", "1.3.0"}, {"six", "1", ""}});
    CHECK_FALSE(failed_report(observation, {ErrorCode::io, "x", {}}, {}).unreachable);
}

TEST_CASE("blocked_outcome: what a person chose is skipped, damage has failed") {
    for (const auto condition : {CodeCondition::not_a_repository, CodeCondition::unborn_branch,
                                 CodeCondition::detached_head, CodeCondition::no_upstream, CodeCondition::wrong_branch,
                                 CodeCondition::operation_pending, CodeCondition::chosen_by_hand}) {
        CHECK(blocked_outcome(condition) == Outcome::skipped);
    }
    for (const auto condition : {CodeCondition::ready, CodeCondition::bare, CodeCondition::corrupt,
                                 CodeCondition::unreadable, CodeCondition::index_locked}) {
        CHECK(blocked_outcome(condition) == Outcome::failed);
    }
}

}  // namespace gup

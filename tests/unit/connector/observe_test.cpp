// SPDX-License-Identifier: Apache-2.0
#include "connector/observe.hpp"

#include <doctest/doctest.h>

#include "deployment_fixture.hpp"

namespace gup {

using namespace test;

TEST_CASE("observe_here: a connector in place, with its gupfile, its code and its virtualenv") {
    const DeploymentSite meter;
    Observation observation = meter.observe();
    CHECK(observation.code.condition == CodeCondition::ready);
    CHECK(observation.code.commit == meter.head());
    CHECK(observation.gupfile.pins.at(0).name == "alpha");
    CHECK(observation.release.empty());
    CHECK(observation.layout == Layout::in_place);
    CHECK_FALSE(observation.is_declared());
    CHECK_FALSE(observation.place.present);
    CHECK(observation.place.path == meter.place());
    CHECK_FALSE(observation.virtualenv.present);
    CHECK_FALSE(observation.upstream.latest);
    CHECK(observation.latest_id().empty());
    meter.make_virtualenv();
    observation = meter.observe();
    CHECK(observation.place.present);
    CHECK(observation.virtualenv.distributions.at(0).name == "pip");
}

TEST_CASE("observe_here: what cannot be read is the connector's error") {
    const DeploymentSite meter;
    SUBCASE("no gupfile") {
        fs::remove(meter.box.gateway() / gupfile_name);
    }
    SUBCASE("no folder") {
        fs::remove_all(meter.box.gateway());
    }
    CHECK(observe_here(meter.connector, meter.settings).error);
}

TEST_CASE("observe_here: a folder without a repository is observed, and cannot be followed") {
    const DeploymentSite meter;
    fs::remove_all(meter.box.gateway() / ".git");
    const Observation observation = meter.observe();
    CHECK(observation.code.condition == CodeCondition::not_a_repository);
    CHECK_FALSE(observation.gupfile.pins.empty());
}

TEST_CASE("observe_all: each in its place, with what its remote has, whatever becomes of the others") {
    const DeploymentSite meter;
    const DeploymentSite pump;
    const DeploymentSite valve;
    const std::string newer = pump.box.publish_file("main.py", "print(2)\n");
    fs::remove_all(valve.box.remote());
    const Connector gone{"gone", meter.settings.root / "gone"};
    const auto observations =
        observe_all({meter.connector, pump.connector, valve.connector, gone}, meter.settings, meter.events);
    REQUIRE(observations.size() == 4);
    CHECK(observations[0].latest_id() == meter.head());
    CHECK(observations[0].upstream.is_current);
    CHECK(observations[0].upstream.latest->name == "main");
    CHECK(observations[1].latest_id() == newer);
    CHECK_FALSE(observations[1].upstream.is_current);
    CHECK_FALSE(observations[1].upstream.error);
    CHECK(observations[2].upstream.error);
    CHECK_FALSE(observations[2].upstream.latest);
    CHECK_FALSE(observations[2].error);
    CHECK(observations[2].code.commit == valve.head());
    CHECK(observations[3].error);
    CHECK(observations[3].connector.name == "gone");
}

TEST_CASE("observe_all: code that cannot be followed is not asked about") {
    const DeploymentSite meter;
    meter.box.git(meter.box.gateway(), "checkout -q --detach");
    const auto observations = observe_all({meter.connector}, meter.settings, meter.events);
    CHECK(observations.at(0).code.condition == CodeCondition::detached_head);
    CHECK_FALSE(observations[0].upstream.latest);
    CHECK_FALSE(observations[0].upstream.error);
}

TEST_CASE("observe_all: a declared connector has no folder before its first release") {
    DeploymentSite meter;
    meter.declare(meter.remote_main());
    const auto observations = observe_all({meter.connector}, meter.settings, meter.events);
    const Observation& observation = observations.at(0);
    CHECK_FALSE(observation.error);
    CHECK(observation.is_declared());
    CHECK(observation.layout == Layout::releases);
    CHECK(observation.latest_id() == meter.box.git(meter.box.publisher(), "rev-parse HEAD"));
    CHECK_FALSE(observation.upstream.is_current);
    CHECK(observation.code.branch == "main");
    CHECK(observation.code.commit.empty());
    put(meter.box.gateway() / "work", "of a person\n");
    CHECK(observe_here(meter.connector, meter.settings).error.value().code == ErrorCode::conflict);
}

TEST_CASE("observe_all: of nobody is nothing") {
    const DeploymentSite meter;
    CHECK(observe_all({}, meter.settings, meter.events).empty());
}

TEST_CASE("nothing_reachable: at least one was asked, and none answered because of the network") {
    const auto with = [](std::optional<ErrorCode> error, bool answered) {
        Observation observation;
        if (error) observation.upstream.error = Error{*error, "x", {}};
        if (answered) observation.upstream.latest = Revision{"aaa"};
        return observation;
    };
    const Observation dead = with(ErrorCode::unreachable, false);
    const Observation unasked = with({}, false);
    const Observation alive = with({}, true);
    const Observation refused = with(ErrorCode::authentication, false);
    CHECK(dead.unreachable());
    CHECK_FALSE(refused.unreachable());
    CHECK_FALSE(nothing_reachable({}));
    CHECK_FALSE(nothing_reachable({unasked}));
    CHECK(nothing_reachable({dead}));
    CHECK(nothing_reachable({unasked, dead, dead}));
    CHECK_FALSE(nothing_reachable({dead, alive}));
    CHECK_FALSE(nothing_reachable({dead, refused}));
}

}  // namespace gup

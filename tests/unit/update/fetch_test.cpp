// SPDX-License-Identifier: Apache-2.0
#include "update/fetch.hpp"

#include <doctest/doctest.h>

#include "connector/generation_store.hpp"
#include "deployment_fixture.hpp"
#include "update/maintenance_window.hpp"

namespace gup {

using namespace test;

namespace {

// One connector's night until the end of the fetch.
struct FetchSite : DeploymentSite {
    StatusDocument status;
    MaintenanceWindow gate{settings, status};

    [[nodiscard]] Observation ask() const {
        auto observations = observe_all({connector}, settings, events);
        REQUIRE(observations.size() == 1);
        REQUIRE_FALSE(observations[0].error);
        return std::move(observations[0]);
    }
    [[nodiscard]] FetchResult fetch(const Observation& observation) {
        return gup::fetch(observation, gate, settings, events);
    }
    [[nodiscard]] bool has_object(const std::string& commit) const {
        return box.git_succeeds(box.gateway(), "cat-file -e " + commit);
    }
    [[nodiscard]] std::string tracking() const { return box.git(box.gateway(), "rev-parse origin/main"); }
};

}  // namespace

TEST_CASE("fetch: nothing is fetched for a connector without news") {
    FetchSite meter;
    const Fetched fetched = meter.fetch(meter.ask()).fetched;
    CHECK(fetched.target.relation == Relation::same);
    CHECK(fetched.target.commit == meter.head());
    CHECK_FALSE(fetched.gupfile);
    CHECK_FALSE(fetched.error);
    CHECK_FALSE(meter.has_journal());
}

TEST_CASE("fetch: a new commit is fetched, and the work tree stays") {
    FetchSite meter;
    const std::string old = meter.head();
    const std::string newer = meter.box.publish_file("main.py", "print(2)\n");
    const FetchResult result = meter.fetch(meter.ask());
    CHECK_FALSE(result.fetched.error);
    CHECK(result.fetched.target.relation == Relation::behind);
    CHECK(result.fetched.target.commit == newer);
    CHECK(result.fetched.target.commits == 1);
    CHECK_FALSE(result.fetched.gupfile);
    CHECK_FALSE(result.fetched.revision);
    CHECK(result.tree == nullptr);
    CHECK(meter.tracking() == newer);
    CHECK(meter.head() == old);
    CHECK_FALSE(meter.has_journal());
}

TEST_CASE("fetch: a changed gupfile is read from its commit") {
    FetchSite meter;
    (void)meter.box.publish_file("gupfile", "alpha,2.0\n");
    const auto gupfile = meter.fetch(meter.ask()).fetched.gupfile;
    REQUIRE(gupfile);
    REQUIRE(gupfile->pins.size() == 1);
    CHECK(gupfile->pins[0].version == "2.0");
}

TEST_CASE("fetch: a commit that a person has fetched is not fetched again") {
    FetchSite meter;
    const std::string newer = meter.box.publish_file("main.py", "print(2)\n");
    meter.box.git(meter.box.gateway(), "fetch -q");
    const Observation observation = meter.ask();
    fs::remove_all(meter.box.remote());
    const Fetched fetched = meter.fetch(observation).fetched;
    CHECK_FALSE(fetched.error);
    CHECK(fetched.target.relation == Relation::behind);
    CHECK(fetched.target.commit == newer);
}

TEST_CASE("fetch: an upstream that went back stays visible as rewound, night after night") {
    FetchSite meter;
    const std::string first = meter.head();
    const std::string second = meter.box.publish_file("main.py", "print(2)\n");
    meter.box.git(meter.box.gateway(), "pull -q");
    meter.box.git(meter.box.publisher(), "push -q -f origin " + first + ":main");
    for (int night = 0; night < 2; ++night) {
        const Fetched fetched = meter.fetch(meter.ask()).fetched;
        CHECK(fetched.target.relation == Relation::rewound);
        CHECK(fetched.target.commit == first);
        CHECK(meter.tracking() == second);
    }
}

TEST_CASE("fetch: nothing is downloaded while the connector has to wait") {
    FetchSite meter;
    const std::string newer = meter.box.publish_file("main.py", "print(2)\n");
    const Observation observation = meter.ask();
    meter.settings.is_scheduled = true;
    put(meter.box.gateway() / "busy", "");
    Observation busy = observation;
    busy.gupfile.update.busy = "busy";
    const Fetched fetched = meter.fetch(busy).fetched;
    REQUIRE(fetched.deferred);
    CHECK(fetched.deferred->outcome == Outcome::deferred);
    CHECK(fetched.target.relation == Relation::unknown);
    CHECK_FALSE(meter.has_object(newer));
    CHECK(meter.tracking() == observation.code.commit);
}

TEST_CASE("fetch: a remote that vanished after the question is the fetch's error") {
    FetchSite meter;
    (void)meter.box.publish_file("main.py", "print(2)\n");
    const Observation observation = meter.ask();
    fs::remove_all(meter.box.remote());
    const Fetched fetched = meter.fetch(observation).fetched;
    CHECK(fetched.error);
    CHECK(fetched.target.relation == Relation::unknown);
    CHECK_FALSE(meter.has_journal());
}

TEST_CASE("fetch: a connector that could not be observed or asked is not fetched") {
    FetchSite meter;
    (void)meter.box.publish_file("main.py", "print(2)\n");
    Observation observation = meter.ask();
    SUBCASE("it could not be observed") {
        observation.error = Error{ErrorCode::io, "x", {}};
    }
    SUBCASE("its remote did not answer") {
        observation.upstream.latest.reset();
    }
    const Fetched fetched = meter.fetch(observation).fetched;
    CHECK(fetched.target.relation == Relation::unknown);
    CHECK_FALSE(fetched.error);
    CHECK(meter.tracking() == observation.code.commit);
}

TEST_CASE("fetch_aside: gives the same result, and leaves the repository unchanged") {
    FetchSite meter;
    const std::string newer = meter.box.publish_file("gupfile", "alpha,2.0\n");
    const Observation observation = meter.ask();
    const Fetched fetched = fetch_aside(observation, {}, meter.events);
    CHECK_FALSE(fetched.error);
    CHECK(fetched.target.relation == Relation::behind);
    CHECK(fetched.target.commit == newer);
    REQUIRE(fetched.gupfile);
    CHECK(fetched.gupfile->pins.at(0).version == "2.0");
    CHECK_FALSE(meter.has_object(newer));
    CHECK(meter.tracking() == observation.code.commit);
}

TEST_CASE("fetch: a source's revision is an open tree next to its releases") {
    FetchSite meter;
    meter.declare(meter.remote_main());
    meter.connector.declared->pins = {{"beta", "3.0", "", 0}};
    const Observation observation = meter.ask();
    const FetchResult result = meter.fetch(observation);
    CHECK_FALSE(result.fetched.error);
    CHECK(result.fetched.target.relation == Relation::replaced);
    CHECK(result.fetched.target.commit == observation.latest_id());
    REQUIRE(result.fetched.revision);
    CHECK(result.fetched.revision->name == "main");
    REQUIRE(result.tree);
    CHECK(result.tree->gupfile == "alpha,1.0\n");
    REQUIRE(result.fetched.gupfile);
    REQUIRE(result.fetched.gupfile->pins.size() == 2);
    CHECK(result.fetched.gupfile->pins[1].name == "beta");
    CHECK(is_folder(meter.generations()));
    CHECK_FALSE(is_there(meter.box.gateway()));
}

TEST_CASE("fetch_aside: a source's revision leaves nothing behind") {
    FetchSite meter;
    meter.declare(meter.remote_main());
    const Observation observation = meter.ask();
    const Fetched fetched = fetch_aside(observation, {}, meter.events);
    CHECK_FALSE(fetched.error);
    CHECK(fetched.target.relation == Relation::replaced);
    CHECK(fetched.target.commit == observation.latest_id());
    CHECK_FALSE(is_there(meter.generations()));
}

TEST_CASE("fetch: an archive that was rolled back once becomes a release again, without its server") {
    FetchSite meter;
    const std::string sha256(64, 'a');
    meter.declare("https://192.0.2.1/app.zip", sha256);
    const Observation observation = meter.ask();
    Generation left;
    left.id = "2026-11-21_02_00-zip-aaaaaaa";
    left.sequence = 1;
    left.connector = meter.connector.name;
    left.commit = observation.latest_id();
    left.source = display(meter.connector.declared->source);
    REQUIRE(make_folders(meter.generations() / left.id).ok());
    put(meter.generations() / left.id / gupfile_name, "alpha,1.0\n");
    REQUIRE(write_generation(meter.generations(), left).ok());

    const FetchResult result = meter.fetch(observation);
    CHECK_FALSE(result.fetched.error);
    REQUIRE(result.fetched.installed);
    CHECK(result.fetched.installed->id == left.id);
    CHECK(result.fetched.target.relation == Relation::replaced);
    CHECK(result.fetched.target.commit == left.commit);
    REQUIRE(result.fetched.gupfile);
    CHECK(result.fetched.gupfile->pins.at(0).name == "alpha");
    CHECK(result.tree == nullptr);
}

TEST_CASE("fetch: leftovers of a crashed download are removed once its release runs") {
    FetchSite meter;
    meter.declare("https://192.0.2.1/app.zip", std::string(64, 'a'));
    Observation observation = meter.ask();
    observation.upstream.is_current = true;
    put(meter.generations() / "archive.part", "PK");
    CHECK(meter.fetch(observation).fetched.target.relation == Relation::same);
    CHECK_FALSE(is_there(meter.generations() / "archive.part"));
}

}  // namespace gup

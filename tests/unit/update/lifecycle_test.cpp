// SPDX-License-Identifier: Apache-2.0
#include "update/lifecycle.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "systemd_fixture.hpp"
#include "util/log/log.hpp"

using namespace gup;
using namespace gup::test;

namespace {

// A connector before its activation of commit bbb instead of aaa. Every hook writes a line to `ran`.
struct Switching {
    Folder folder;
    FakeSystemd fake;
    Observation observation;
    Gupfile after;
    UpdateSettings settings;
    RunEvents events;
    StagedGeneration pair;

    Switching() {
        settings.hooks.pre_update = folder / "pre.d";
        settings.hooks.post_update = folder / "post.d";
        settings.systemd = fake.systemd();
        observation.connector = {"meter", folder / "meter"};
        observation.owner = owner_with(::geteuid());
        pair.id = "gen-2";
        pair.from_commit = "aaa";
        pair.commit = "bbb";
        after.health.within = Milliseconds{50};
        after.health.every = Milliseconds{10};
        fake.unit("meter.service");
        hook("meter/post.sh");
    }

    [[nodiscard]] std::string ran() const { return (folder / "ran").native(); }
    void hook(const char* name, const std::string& then = "exit 0") const {
        const fs::path path = folder / name;
        put(path, "#!/bin/sh\necho $(basename $0) $GUP_FROM $GUP_TO >>" + ran() + "\n" + then + "\n");
        ::chmod(path.c_str(), 0755);
    }
    // The hooks that ran since the last call, one word each.
    [[nodiscard]] std::string steps() const {
        std::string text = read_file(ran()).value_or("");
        for (char& c : text) c = c == '\n' ? ';' : c;
        fs::remove(ran());
        return text;
    }
};

}  // namespace

TEST_CASE("Lifecycle: without hooks, service and health check there is nothing to do") {
    Switching meter;
    Lifecycle care(meter.observation, meter.after, meter.settings, meter.events);
    CHECK(care.pre_update(meter.pair).ok());
    CHECK(care.post_update(meter.pair).ok());
    CHECK_FALSE(care.needs_health_check());
    CHECK(care.watch(meter.pair).ok());
    CHECK(meter.steps().empty());
    CHECK(meter.fake.calls().empty());
}

TEST_CASE("Lifecycle: hooks, then the health check, in that order") {
    Switching meter;
    meter.hook("pre.d/10-pre");
    meter.hook("post.d/10-post");
    meter.hook("meter/old-pre.sh");
    meter.observation.gupfile.pre_update = "old-pre.sh";
    meter.after.pre_update = "not-there-yet.sh";
    meter.after.post_update = "post.sh";
    meter.after.health.command = {"sh", "-c", "echo health >>" + meter.ran()};
    Lifecycle care(meter.observation, meter.after, meter.settings, meter.events);
    REQUIRE(care.pre_update(meter.pair).ok());
    CHECK(meter.steps() == "10-pre aaa bbb;old-pre.sh aaa bbb;");
    REQUIRE(care.post_update(meter.pair).ok());
    CHECK(meter.steps() == "10-post aaa bbb;post.sh aaa bbb;");
    REQUIRE(care.needs_health_check());
    REQUIRE(care.watch(meter.pair).ok());
    CHECK(meter.steps() == "health;");
}

TEST_CASE(
    "Lifecycle::pre_update: a failing hook, a missing unit and a hook that others can change block the "
    "update") {
    Switching meter;
    meter.hook("pre.d/10-pre", "exit 1");
    Lifecycle care(meter.observation, meter.after, meter.settings, meter.events);
    CHECK(holds(care.pre_update(meter.pair).error().message, "10-pre ended with exit code 1"));
    fs::remove(meter.folder / "pre.d/10-pre");
    meter.hook("post.d/10-post");
    ::chmod((meter.folder / "post.d/10-post").c_str(), 0777);
    CHECK(code_of(care.pre_update(meter.pair)) == ErrorCode::permission);
    ::chmod((meter.folder / "post.d/10-post").c_str(), 0755);
    CHECK(care.pre_update(meter.pair).ok());
    meter.fake.unit("meter.service", "LoadState=not-found\n");
    meter.after.service = "meter.service";
    CHECK(code_of(care.pre_update(meter.pair)) == ErrorCode::not_found);
}

TEST_CASE("Lifecycle: a failing post-update hook runs again for the old pair") {
    Switching meter;
    meter.hook("post.d/10-post", "[ $GUP_TO = aaa ]");
    Lifecycle care(meter.observation, meter.after, meter.settings, meter.events);
    CHECK(holds(care.post_update(meter.pair).error().message, "10-post ended with exit code 1"));
    CHECK(meter.steps() == "10-post aaa bbb;");
    care.rolled_back(meter.pair);
    CHECK(meter.steps() == "10-post bbb aaa;");
}

TEST_CASE("Lifecycle::wait_until_healthy: an unhealthy connector is the release's fault") {
    Switching meter;
    meter.after.health.command = {"false"};
    const Lifecycle care(meter.observation, meter.after, meter.settings, meter.events);
    const auto status = care.watch(meter.pair);
    CHECK(code_of(status) == ErrorCode::failed);
    CHECK(is_the_releases_fault(status.error()));
}

TEST_CASE("Lifecycle::switched_back: a failure is logged, and the remaining work is done") {
    Switching meter;
    meter.hook("post.d/10-post", "exit 1");
    Lifecycle care(meter.observation, meter.after, meter.settings, meter.events);
    CHECK_FALSE(care.post_update(meter.pair).ok());
    log::Options options;
    options.file = meter.folder / "gup.log";
    log::open(options);
    care.rolled_back(meter.pair);
    log::open({});
    CHECK(holds(read_file(options.file).value_or(""), "error (meter) the connector may be unstable"));
}

TEST_CASE("is_the_releases_fault: a stop of the agent says nothing about a release") {
    CHECK_FALSE(is_the_releases_fault({ErrorCode::cancelled, "ended by signal 15", {}}));
    CHECK(is_the_releases_fault({ErrorCode::timeout, "a hook hung", {}}));
}

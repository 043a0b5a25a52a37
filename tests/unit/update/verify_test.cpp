// SPDX-License-Identifier: Apache-2.0
#include "update/verify.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <sstream>

#include "deployment_fixture.hpp"
#include "systemd_fixture.hpp"

namespace gup {

using namespace test;

namespace {

// A connector with an activated newer commit that is not committed yet.
struct SwitchedConnector {
    DeploymentSite site;
    std::string old = site.head();
    std::string newer = site.box.publish_file("main.py", "print(2)\n");
    std::unique_ptr<Deploying> deploying;
    std::unique_ptr<Lifecycle> care;

    explicit SwitchedConnector(const Systemd& systemd) {
        site.settings.systemd = systemd;
        site.box.git(site.box.gateway(), "fetch -q");
        deploying = std::make_unique<Deploying>(site);
        deploying->move_to(newer);
        deploying->gupfile.health.within = Milliseconds{50};
        deploying->gupfile.health.every = Milliseconds{10};
        care = std::make_unique<Lifecycle>(deploying->observation, deploying->gupfile, site.settings, site.events);
    }
    void health(const std::string& command) const { deploying->gupfile.health.command = {"sh", "-c", command}; }
    void service(const std::string& unit) const { deploying->gupfile.service = unit; }
    Switched activate() const {
        Deployment& deployment = deploying->make(site);
        REQUIRE(deployment.stage());
        REQUIRE(deployment.activate(care->hooks()));
        return {&deployment, care.get()};
    }
    [[nodiscard]] const DeploymentResult& result() const { return deploying->deployment->result(); }
    [[nodiscard]] bool is_new() const { return site.head() == newer && !site.has_journal(); }
    [[nodiscard]] bool is_old() const { return site.head() == old && !site.has_journal(); }
    void verify_with(const std::vector<Switched>& switched) const {
        verify_and_commit(switched, site.settings, site.events);
    }
};

// The calls of systemctl that restart units.
std::vector<std::string> restarts(const FakeSystemd& fake) {
    std::istringstream calls(fake.calls());
    std::vector<std::string> found;
    for (std::string line; std::getline(calls, line);) {
        if (holds(line, " restart ") || line.starts_with("restart "))
            found.push_back(line.substr(line.find("-- ") + 3));
    }
    return found;
}

}  // namespace

TEST_CASE("verify_and_commit: each is judged by its own health, and the others stay") {
    const FakeSystemd fake;
    const SwitchedConnector good(fake.systemd());
    const SwitchedConnector bad(fake.systemd());
    const SwitchedConnector plain(fake.systemd());
    good.health("true");
    bad.health("echo 'no answer' >&2; false");
    good.verify_with({good.activate(), bad.activate(), plain.activate()});
    CHECK(good.is_new());
    CHECK(good.result().end == DeploymentEnd::committed);
    CHECK(bad.is_old());
    CHECK(bad.result().end == DeploymentEnd::rolled_back);
    CHECK(holds(bad.result().error.value().message, "no answer"));
    CHECK(plain.is_new());
    CHECK(fake.calls().empty());
}

TEST_CASE("verify_and_commit: a unit that two connectors name is restarted once") {
    const FakeSystemd fake;
    fake.unit("meter.service");
    const SwitchedConnector one(fake.systemd());
    const SwitchedConnector two(fake.systemd());
    one.service("meter.service");
    two.service("meter.service");
    one.verify_with({one.activate(), two.activate()});
    CHECK(one.is_new());
    CHECK(two.is_new());
    CHECK(restarts(fake) == std::vector<std::string>{"meter.service"});
}

TEST_CASE(
    "verify_and_commit: the connectors of a service that does not start are rolled back, and it starts with the old "
    "code") {
    const FakeSystemd fake;
    fake.unit("meter.service");
    fake.unit("pump.service");
    // The first restart starts pump again but not meter; the second one starts meter.
    const std::string meter_state = fake.file("meter.service").string();
    const std::string pump_state = fake.file("pump.service").string();
    fake.restart_does(
        fmt::format("[ ! -e {0}.good ] || exec mv {0}.good {0}\ncp {0} {0}.good\n"
                    "sed -i s/=active/=failed/ {0}\nsed -i s/ID=1/ID=2/ {1}\nexit 1\n",
                    meter_state, pump_state));
    const SwitchedConnector meter(fake.systemd());
    const SwitchedConnector pump(fake.systemd());
    meter.service("meter.service");
    pump.service("pump.service");
    put(meter.site.settings.hooks.post_update / "10-note", "#!/bin/sh\ngit -C " + meter.site.box.gateway().string() +
                                                               " rev-parse HEAD >>" +
                                                               meter.site.box.path("seen").string() + "\n");
    fs::permissions(meter.site.settings.hooks.post_update / "10-note", fs::perms::owner_all);
    meter.verify_with({meter.activate(), pump.activate()});
    CHECK(meter.is_old());
    CHECK(meter.result().end == DeploymentEnd::rolled_back);
    CHECK(read(meter.site.box.path("seen")) == meter.newer + "\n" + meter.old + "\n");
    CHECK(pump.is_new());
    CHECK(pump.result().end == DeploymentEnd::committed);
    CHECK(restarts(fake) == std::vector<std::string>{"meter.service pump.service", "meter.service"});
}

TEST_CASE("verify_and_commit: without a connector there is nothing to do") {
    const FakeSystemd fake;
    UpdateSettings settings;
    settings.systemd = fake.systemd();
    verify_and_commit({}, settings, {});
    CHECK(fake.calls().empty());
}

TEST_CASE("switch_alone: all phases of one connector") {
    const FakeSystemd fake;
    const SwitchedConnector meter(fake.systemd());
    DeploymentEnd end = DeploymentEnd::committed;
    SUBCASE("it is healthy") {
        meter.health("true");
    }
    SUBCASE("it is not healthy") {
        meter.health("false");
        end = DeploymentEnd::rolled_back;
    }
    SUBCASE("its own hook says no") {
        put(meter.site.settings.hooks.pre_update / "10-no", "#!/bin/sh\nexit 1\n");
        fs::permissions(meter.site.settings.hooks.pre_update / "10-no", fs::perms::owner_all);
        end = DeploymentEnd::blocked;
    }
    const auto result = switch_alone(meter.deploying->request, *meter.care, meter.site.settings, meter.site.events);
    REQUIRE(result.ok());
    CHECK(result->end == end);
    CHECK(result->error.has_value() == (end != DeploymentEnd::committed));
    CHECK((end == DeploymentEnd::committed ? meter.is_new() : meter.is_old()));
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "update/supervise/reboot_verification.hpp"

#include <doctest/doctest.h>

#include "connector/generation_store.hpp"
#include "deployment_fixture.hpp"
#include "systemd_fixture.hpp"
#include "update/status_store.hpp"

namespace gup {

using namespace test;

namespace {

// A connector whose update waits for a reboot that an earlier run asked for.
struct Rebooted : DeploymentSite {
    FakeSystemd fake;
    std::string old;
    std::string newer;
    std::string generation;

    Rebooted() {
        settings.systemd = fake.systemd();
        fake.unit("multi-user.target");
        old = head();
        newer = publish("[health]\ncommand = \"true\"\nwithin = 1\n");
    }
    std::string publish(const std::string& gupfile) {
        const std::string commit = box.publish_file("gupfile", gupfile);
        box.git(box.gateway(), "fetch -q");
        Deploying night(*this);
        night.move_to(commit);
        generation = night.run(*this).generation;
        return commit;
    }
    void ask_for_reboot(const std::string& boot) const {
        const RebootRequest request{1'795'000'000, boot, {{"smart-meter", old, newer, generation}}};
        REQUIRE(write_reboot_request(settings.state, request).ok());
        RunReport run;
        run.connectors.emplace_back();
        run.connectors[0].name = "smart-meter";
        run.connectors[0].outcome = Outcome::deferred;
        run.connectors[0].commit = newer;
        (void)save_status(settings, {}, run, Coverage::all_connectors);
    }
    [[nodiscard]] Outcome outcome() const {
        return read_status(status_file(settings)).value().find("smart-meter")->report.outcome;
    }
    [[nodiscard]] bool is_asked_for() const { return read_reboot_request(settings.state).value().has_value(); }
    [[nodiscard]] RebootState verify() const { return verify_reboot(settings, events); }
};

ConnectorReport updated_report() {
    ConnectorReport report;
    report.name = "meter";
    report.outcome = Outcome::updated;
    report.actions = {"updated code"};
    return report;
}

}  // namespace

TEST_CASE("wait_for_reboot: an update without a service waits for the reboot that this run asks for") {
    ConnectorReport report = updated_report();
    bool waits = true;
    RebootWish wish = RebootWish::when_needed;
    SUBCASE("it has no service") {}
    SUBCASE("no reboot is wanted") {
        wish = RebootWish::never;
        waits = false;
    }
    SUBCASE("its service was restarted") {
        report.restarted = "meter.service";
        waits = false;
    }
    SUBCASE("nothing was changed") {
        report.actions.clear();
        waits = false;
    }
    SUBCASE("it failed") {
        report.outcome = Outcome::failed;
        waits = false;
    }
    const Outcome before = report.outcome;
    wait_for_reboot(report, {}, wish);
    CHECK(report.waits_for_reboot == waits);
    CHECK(report.outcome == (waits ? Outcome::deferred : before));
    CHECK(report.reason.empty() == !waits);
}

TEST_CASE("wait_for_reboot: an earlier run's result is reported if there is nothing newer") {
    RebootState news;
    news.healthy = {"meter"};
    ConnectorReport report;
    report.name = "meter";
    wait_for_reboot(report, news, RebootWish::never);
    CHECK(report.outcome == Outcome::updated);
    CHECK_FALSE(report.waits_for_reboot);

    report = {};
    report.name = "pump";
    wait_for_reboot(report, news, RebootWish::never);
    CHECK(report.outcome == Outcome::unchanged);

    news = {};
    news.standing = RebootRequest{1'795'000'000, "boot", {{"meter", "aaa", "bbb", "g2"}}};
    wait_for_reboot(report, news, RebootWish::never);
    CHECK(report.outcome == Outcome::unchanged);
    report.name = "meter";
    wait_for_reboot(report, news, RebootWish::never);
    CHECK(report.outcome == Outcome::deferred);
    CHECK(report.waits_for_reboot);
    CHECK(report.from_commit == "aaa");
    CHECK(report.generation == "g2");

    report = updated_report();
    report.restarted = "meter.service";
    wait_for_reboot(report, news, RebootWish::never);
    CHECK(report.outcome == Outcome::updated);
}

TEST_CASE("remember_reboot: those that wait are asked about after it") {
    const Folder folder;
    UpdateSettings settings;
    settings.state = folder / "state";
    RunReport run;
    run.connectors = {updated_report(), updated_report()};
    run.connectors[1].name = "pump";
    run.connectors[1].from_commit = "aaa";
    run.connectors[1].commit = "bbb";
    run.connectors[1].generation = "g2";
    run.connectors[1].waits_for_reboot = true;
    REQUIRE(remember_reboot(settings, run).ok());
    const auto request = read_reboot_request(settings.state).value();
    REQUIRE(request);
    CHECK(request->boot_id == read_boot().value());
    CHECK(request->connectors == std::vector<RebootedConnector>{{"pump", "aaa", "bbb", "g2"}});
}

TEST_CASE("verify_reboot: without a request there is nothing to see, and a damaged one is forgotten") {
    const Folder folder;
    UpdateSettings settings;
    settings.state = folder / "state";
    CHECK_FALSE(verify_reboot(settings, {}).standing);
    REQUIRE(write_reboot_request(settings.state, {1, "boot", {}}).ok());
    REQUIRE(write_file_atomically(settings.state / "reboot.json", "{").ok());
    CHECK_FALSE(verify_reboot(settings, {}).standing);
    CHECK_FALSE(is_there(settings.state / "reboot.json"));
}

TEST_CASE("verify_reboot: as long as the machine was not rebooted, its connectors wait") {
    const Rebooted meter;
    meter.ask_for_reboot(read_boot().value());
    const RebootState news = meter.verify();
    REQUIRE(news.standing);
    CHECK(news.standing->connectors.size() == 1);
    CHECK(news.healthy.empty());
    CHECK(meter.is_asked_for());
    CHECK(meter.outcome() == Outcome::deferred);
}

TEST_CASE("verify_reboot: after it, a healthy connector is updated") {
    const Rebooted meter;
    meter.ask_for_reboot("another boot");
    const RebootState news = meter.verify();
    CHECK(news.healthy == std::vector<std::string>{"smart-meter"});
    CHECK_FALSE(news.standing);
    CHECK_FALSE(meter.is_asked_for());
    CHECK(meter.outcome() == Outcome::updated);
    CHECK(meter.head() == meter.newer);
}

TEST_CASE("verify_reboot: one that is not healthy is rolled back, and runs its old code after another reboot") {
    Rebooted meter;
    meter.old = meter.head();
    meter.newer = meter.publish("[health]\ncommand = \"false\"\nwithin = 1\nevery = 1\n");
    meter.ask_for_reboot("another boot");
    const RebootState news = meter.verify();
    CHECK(news.healthy.empty());
    REQUIRE(news.standing);
    CHECK(news.standing->boot_id == read_boot().value());
    CHECK(meter.is_asked_for());
    CHECK(meter.head() == meter.old);
    CHECK(meter.outcome() == Outcome::rolled_back);
    const auto status = read_status(status_file(meter.settings)).value();
    CHECK(status.find("smart-meter")->report.quarantine.at(0).release.commit == meter.newer);
}

TEST_CASE("verify_reboot: a connector that was changed since is not checked") {
    Rebooted meter;
    meter.newer = meter.publish("[health]\ncommand = \"false\"\nwithin = 1\n");
    meter.ask_for_reboot("another boot");
    SUBCASE("another commit") {
        meter.box.git(meter.box.gateway(), "reset -q --hard " + meter.old);
    }
    SUBCASE("another generation of the commit") {
        fs::remove_all(meter.generations() / meter.generation);
    }
    SUBCASE("it is gone") {
        fs::remove_all(meter.box.gateway());
    }
    const RebootState news = meter.verify();
    CHECK(news.healthy.empty());
    CHECK_FALSE(news.standing);
    CHECK_FALSE(meter.is_asked_for());
    CHECK(meter.outcome() == Outcome::deferred);
}

}  // namespace gup

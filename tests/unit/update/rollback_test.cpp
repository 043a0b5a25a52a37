// SPDX-License-Identifier: Apache-2.0
#include "update/rollback.hpp"

#include <doctest/doctest.h>

#include "connector/generation_store.hpp"
#include "deployment_fixture.hpp"
#include "update/status_store.hpp"

namespace gup {

using namespace test;

namespace {

// The connector in place, after one update.
struct UpdatedSite : DeploymentSite {
    std::string old;
    std::string newer;

    UpdatedSite() {
        old = head();
        newer = box.publish_file("main.py", "print(2)\n");
        box.git(box.gateway(), "fetch -q");
        Deploying night(*this);
        night.move_to(newer);
        (void)night.run(*this);
    }
    [[nodiscard]] std::vector<Generation> recorded() const { return list_generations(generations(), place()); }
    [[nodiscard]] Result<RunReport> roll_back(const std::string& generation = {},
                                              const std::string& reason = {}) const {
        return run_rollback(settings, {connector.name, generation, reason}, events);
    }
    [[nodiscard]] ConnectorReport report_of(const std::string& generation = {}, const std::string& reason = {}) const {
        const auto run = roll_back(generation, reason);
        REQUIRE_MESSAGE(run.ok(), (run.ok() ? "" : run.error().message));
        REQUIRE(run->connectors.size() == 1);
        return run->connectors[0];
    }
};

}  // namespace

TEST_CASE("run_rollback: goes back to the previous generation, and the next night does not reinstall the other one") {
    const UpdatedSite meter;
    const ConnectorReport report = meter.report_of();
    CHECK(report.outcome == Outcome::updated);
    CHECK(report.commit == meter.old);
    CHECK(report.from_commit == meter.newer);
    CHECK(meter.head() == meter.old);
    CHECK_FALSE(meter.has_journal());
    REQUIRE(report.quarantine.size() == 1);
    CHECK(report.quarantine[0].release.commit == meter.newer);
    CHECK(report.quarantine[0].by_hand);
    REQUIRE(report.actions.size() == 1);
    CHECK(holds(report.actions[0], "rolled back to " + meter.recorded().at(1).id));
    const auto status = read_status(status_file(meter.settings)).value();
    REQUIRE(status.find("smart-meter") != nullptr);
    const auto& known = status.find("smart-meter")->report.quarantine;
    REQUIRE(known.size() == 1);
    CHECK(is_same_release(known[0].release, report.quarantine[0].release));
    CHECK(known[0].by_hand);
}

TEST_CASE("run_rollback: with a reason it is not a person's choice") {
    const UpdatedSite meter;
    const ConnectorReport report = meter.report_of({}, "it did not come up");
    CHECK(report.outcome == Outcome::rolled_back);
    CHECK(report.reason == "it did not come up");
    REQUIRE(report.quarantine.size() == 1);
    CHECK_FALSE(report.quarantine[0].by_hand);
    CHECK(report.quarantine[0].reason == "it did not come up");
}

TEST_CASE("run_rollback: for the running generation there is nothing to do") {
    const UpdatedSite meter;
    const ConnectorReport report = meter.report_of(meter.recorded().at(0).id);
    CHECK(report.outcome == Outcome::unchanged);
    CHECK(report.quarantine.empty());
    CHECK(meter.head() == meter.newer);
}

TEST_CASE("run_rollback: the way forward removes the release from the quarantine") {
    const UpdatedSite meter;
    const std::string made = meter.recorded().at(0).id;
    (void)meter.report_of();
    const ConnectorReport report = meter.report_of(made);
    CHECK(meter.head() == meter.newer);
    REQUIRE(report.quarantine.size() == 1);
    CHECK(report.quarantine[0].release.commit == meter.old);
}

TEST_CASE("run_rollback: an unknown connector or generation is named, with the known ones") {
    const UpdatedSite meter;
    const auto unknown = meter.roll_back("2026-01-01_00_00-main-0000000");
    CHECK(code_of(unknown) == ErrorCode::invalid_input);
    CHECK(holds(unknown.error().message, "2026-01-01_00_00-main-0000000"));
    for (const Generation& one : meter.recorded()) CHECK(holds(unknown.error().hint, one.id));
    CHECK(code_of(run_rollback(meter.settings, {"smart-metre", {}, {}}, {})) == ErrorCode::invalid_input);
    const DeploymentSite never_updated;
    const auto none = run_rollback(never_updated.settings, {"smart-meter", {}, {}}, {});
    CHECK(code_of(none) == ErrorCode::invalid_input);
    CHECK_FALSE(none.error().hint.empty());
}

TEST_CASE("run_rollback: a work tree in which a person works is not moved") {
    const UpdatedSite meter;
    const auto& at = meter.box.gateway();
    std::string hint;
    SUBCASE("another branch") {
        meter.box.git(at, "switch -q -c experiment");
        hint = "git switch main";
    }
    SUBCASE("no branch") {
        meter.box.git(at, "checkout -q --detach");
        hint = "gup-agent check";
    }
    SUBCASE("a merge under way") {
        write(at / ".git/MERGE_HEAD", meter.old + "\n");
        hint = "gup-agent check";
    }
    SUBCASE("a change that would be lost") {
        write(at / "main.py", "print(3)\n");
    }
    const auto before = snapshot(at);
    const ConnectorReport report = meter.report_of(meter.recorded().at(1).id);
    CHECK(report.outcome == Outcome::failed);
    CHECK(holds(report.hint, hint));
    CHECK_FALSE(report.reason.empty());
    CHECK(report.actions.empty());
    CHECK(report.quarantine.empty());
    CHECK(snapshot(at) == before);
    CHECK(meter.head() == meter.newer);
}

TEST_CASE("run_rollback: a branch without upstream can be moved back") {
    const UpdatedSite meter;
    meter.box.git(meter.box.gateway(), "branch --unset-upstream");
    CHECK(meter.report_of().outcome == Outcome::updated);
    CHECK(meter.head() == meter.old);
}

TEST_CASE("run_rollback: a failing hook keeps the running generation") {
    const UpdatedSite meter;
    Outcome outcome = Outcome::blocked;
    fs::path hook = meter.settings.hooks.pre_update / "10-no";
    SUBCASE("before it") {}
    SUBCASE("after it") {
        hook = meter.settings.hooks.post_update / "10-no";
        outcome = Outcome::rolled_back;
    }
    put(hook, "#!/bin/sh\nexit 1\n");
    fs::permissions(hook, fs::perms::owner_all);
    const ConnectorReport report = meter.report_of();
    CHECK(report.outcome == outcome);
    CHECK(report.actions.empty());
    CHECK(report.quarantine.empty());
    CHECK(holds(report.reason, "10-no"));
    CHECK(meter.head() == meter.newer);
    CHECK_FALSE(meter.has_journal());
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "app/look/connector_view.hpp"

#include <doctest/doctest.h>

using namespace gup;

namespace {

ConnectorStatus known(Outcome outcome, const std::string& reason = {}) {
    ConnectorStatus status;
    status.report.name = "meter";
    status.report.outcome = outcome;
    status.report.reason = reason;
    status.report.branch = "main";
    status.report.commit = "1874970aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    status.since = 100;
    return status;
}

ConnectorView viewed(const ConnectorStatus& status, const std::optional<LastRun>& last = {}) {
    return view_connector("meter", {&status, nullptr, true, ""}, last);
}

}  // namespace

TEST_CASE("view_connector: every outcome has its word") {
    const std::pair<Outcome, const char*> words[] = {
        {Outcome::unchanged, "ok"},     {Outcome::updated, "updated"}, {Outcome::skipped, "skipped"},
        {Outcome::failed, "failed"},    {Outcome::blocked, "blocked"}, {Outcome::rolled_back, "rolled back"},
        {Outcome::deferred, "deferred"}};
    for (const auto& [outcome, word] : words) {
        const ConnectorView view = viewed(known(outcome, "why"));
        CHECK(view.state == word);
        CHECK(view.version == "main 1874970");
        CHECK((outcome == Outcome::unchanged || view.detail == "why"));
    }
}

TEST_CASE("view_connector: an update that a later run has seen is ok") {
    const LastRun later{200, "1 unchanged", {}, 0};
    const LastRun of_another{200, "1 unchanged", {"boiler"}, 0};
    CHECK(viewed(known(Outcome::updated), later).state == "ok");
    CHECK(viewed(known(Outcome::updated), of_another).state == "updated");
    CHECK(viewed(known(Outcome::failed), later).state == "failed");
}

TEST_CASE("view_connector: new, removed, held, and a release without a commit") {
    const Hold hold{"meter", 1, 0, "replaced", "pi"};
    const ConnectorStatus status = known(Outcome::failed, "why");
    CHECK(view_connector("meter", {}, {}).state == "new");
    CHECK(view_connector("meter", {nullptr, &hold, true, ""}, {}).state == "held");
    CHECK(view_connector("meter", {&status, nullptr, false, ""}, {}).state == "removed");
    const ConnectorView held = view_connector("meter", {&status, &hold, true, ""}, {});
    CHECK(held.state == "held");
    CHECK(held.detail == "on hold: replaced");
    CHECK(view_connector("meter", {nullptr, nullptr, true, "r1"}, {}).version == "r1");
    const ConnectorView after = viewed(known(Outcome::skipped, "on hold: replaced"));
    CHECK(after.detail == "no longer on hold: the next run looks at it");
}

TEST_CASE("judge_views: as a run judges it") {
    const Hold hold{"meter", 1, 0, "", ""};
    const ConnectorStatus bad = known(Outcome::failed);
    const ConnectorStatus well = known(Outcome::skipped);
    CHECK(judge_views({}) == ExitCode::success);
    CHECK(judge_views({viewed(well), view_connector("new", {}, {})}) == ExitCode::success);
    CHECK(judge_views({viewed(well), viewed(bad)}) == ExitCode::connector_failed);
    CHECK(judge_views({view_connector("meter", {&bad, &hold, true, ""}, {})}) == ExitCode::success);
    CHECK(judge_views({view_connector("meter", {&bad, nullptr, false, ""}, {})}) == ExitCode::success);
    ConnectorStatus far = bad;
    far.report.unreachable = true;
    CHECK(judge_views({viewed(far)}) == ExitCode::nothing_reachable);
}

TEST_CASE("count_views: counts the states") {
    CHECK(count_views({}) == "no connectors");
    CHECK(count_views({viewed(known(Outcome::unchanged))}) == "1 connector: 1 ok");
    CHECK(count_views({viewed(known(Outcome::failed)), viewed(known(Outcome::unchanged)),
                       view_connector("x", {}, {})}) == "3 connectors: 1 ok, 1 failed, 1 new");
}

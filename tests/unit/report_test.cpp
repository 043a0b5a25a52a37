#include "core/report.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace gup;

namespace {

ConnectorReport with(Outcome outcome) {
    ConnectorReport report;
    report.outcome = outcome;
    return report;
}

ConnectorReport unreachable() {
    ConnectorReport report = with(Outcome::failed);
    report.unreachable = true;
    return report;
}

RunReport run(std::vector<ConnectorReport> connectors) {
    RunReport report;
    report.connectors = std::move(connectors);
    return report;
}

const std::vector<Outcome> all{Outcome::unchanged,   Outcome::updated, Outcome::skipped, Outcome::failed,
                               Outcome::rolled_back, Outcome::blocked, Outcome::deferred};

}  // namespace

TEST_CASE("parse_outcome: is the inverse of to_string, and knows nothing else") {
    for (const Outcome outcome : all) CHECK(parse_outcome(to_string(outcome)) == outcome);
    for (const std::string_view text : {"", "Updated", "updated ", "rolled back"})
        CHECK_FALSE(parse_outcome(text).has_value());
}

TEST_CASE("exit_code: unchanged, updated, skipped and deferred are success, the rest is not") {
    for (const Outcome outcome : all) {
        const bool good = outcome == Outcome::unchanged || outcome == Outcome::updated || outcome == Outcome::skipped ||
                          outcome == Outcome::deferred;
        CHECK(run({with(Outcome::unchanged), with(outcome)}).exit_code() ==
              (good ? ExitCode::success : ExitCode::connector_failed));
    }
    CHECK(run({}).exit_code() == ExitCode::success);
}

TEST_CASE("exit_code: a run that was interrupted is never a success") {
    for (RunReport report : {run({}), run({with(Outcome::updated)}), run({unreachable()})}) {
        report.interrupted = true;
        CHECK(report.exit_code() == ExitCode::connector_failed);
    }
}

TEST_CASE("nothing_reachable: every connector that has a remote failed to reach it") {
    CHECK(run({unreachable()}).nothing_reachable());
    CHECK(run({unreachable(), unreachable()}).exit_code() == ExitCode::nothing_reachable);
    CHECK(run({unreachable(), with(Outcome::skipped), with(Outcome::blocked)}).nothing_reachable());
    CHECK_FALSE(run({}).nothing_reachable());
    CHECK_FALSE(run({with(Outcome::skipped)}).nothing_reachable());
    for (const Outcome reached : {Outcome::unchanged, Outcome::updated, Outcome::failed, Outcome::rolled_back}) {
        CHECK_FALSE(run({unreachable(), with(reached)}).nothing_reachable());
        CHECK(run({unreachable(), with(reached)}).exit_code() == ExitCode::connector_failed);
    }
}

TEST_CASE("any_updated: an action makes a run new, an outcome does not") {
    CHECK_FALSE(run({}).any_updated());
    CHECK_FALSE(run({with(Outcome::updated), with(Outcome::failed)}).any_updated());
    ConnectorReport acted = with(Outcome::failed);
    acted.actions = {"fast-forward main"};
    CHECK(run({with(Outcome::unchanged), acted}).any_updated());
}

TEST_CASE("summary: counts the outcomes there are, in a fixed order") {
    CHECK(run({}).summary() == "no connectors");
    CHECK(run({with(Outcome::unchanged)}).summary() == "1 unchanged");
    CHECK(run({with(Outcome::unchanged), with(Outcome::failed), with(Outcome::updated), with(Outcome::updated)})
              .summary() == "2 updated, 1 failed, 1 unchanged");
    std::vector<ConnectorReport> each;
    for (const Outcome outcome : all) each.push_back(with(outcome));
    CHECK(run(each).summary() == "1 updated, 1 rolled_back, 1 failed, 1 blocked, 1 skipped, 1 deferred, 1 unchanged");
}

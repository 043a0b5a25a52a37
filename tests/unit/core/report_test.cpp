// SPDX-License-Identifier: Apache-2.0
#include "core/report.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <string>
#include <utility>
#include <vector>

using namespace gup;

namespace {

ConnectorReport report_with(Outcome outcome) {
    ConnectorReport report;
    report.outcome = outcome;
    return report;
}

ConnectorReport unreachable() {
    ConnectorReport report = report_with(Outcome::failed);
    report.unreachable = true;
    return report;
}

RunReport run_of(std::vector<ConnectorReport> connectors) {
    RunReport report;
    report.connectors = std::move(connectors);
    return report;
}

const std::vector<Outcome> all{Outcome::unchanged,   Outcome::updated, Outcome::skipped, Outcome::failed,
                               Outcome::rolled_back, Outcome::blocked, Outcome::deferred};

}  // namespace

TEST_CASE("parse_outcome: is the inverse of to_string, and refuses other texts") {
    for (const Outcome outcome : all) CHECK(parse_outcome(to_string(outcome)) == outcome);
    for (const std::string_view text : {"", "Updated", "updated ", "rolled back"})
        CHECK_FALSE(parse_outcome(text).has_value());
}

TEST_CASE("exit_code: unchanged, updated, skipped and deferred are success, the rest is not") {
    for (const Outcome outcome : all) {
        const bool good = outcome == Outcome::unchanged || outcome == Outcome::updated || outcome == Outcome::skipped ||
                          outcome == Outcome::deferred;
        CHECK(run_of({report_with(Outcome::unchanged), report_with(outcome)}).exit_code() ==
              (good ? ExitCode::success : ExitCode::connector_failed));
    }
    CHECK(run_of({}).exit_code() == ExitCode::success);
}

TEST_CASE("exit_code: a run that was interrupted is never a success") {
    for (RunReport report : {run_of({}), run_of({report_with(Outcome::updated)}), run_of({unreachable()})}) {
        report.interrupted = true;
        CHECK(report.exit_code() == ExitCode::connector_failed);
    }
}

TEST_CASE("exit_code: a run that Ctrl-C interrupted has its own code, any other signal is a failure") {
    for (const auto& [signal, code] : {std::pair{SIGINT, 130}, {SIGTERM, 1}, {SIGHUP, 1}, {0, 1}}) {
        RunReport report = run_of({report_with(Outcome::failed), unreachable()});
        report.interrupted = true;
        report.signal = signal;
        CHECK(static_cast<int>(report.exit_code()) == code);
        CHECK(static_cast<int>(report.detailed_exit_code()) == code);
        CHECK(static_cast<int>(interrupted_by(signal)) == code);
    }
}

TEST_CASE("interruption: what is done, and that nothing is half-changed unless the next run brings it back") {
    RunReport report = run_of({report_with(Outcome::updated)});
    report.selected = 3;
    CHECK(interruption(report) == "interrupted: 1 of 3 connectors done, nothing half-changed");
    report.selected = 1;
    CHECK(interruption(report) == "interrupted: 1 of 1 connector done, nothing half-changed");
    report.unfinished = {"meter", "solar"};
    CHECK(interruption(report) == "interrupted: 1 of 1 connector done; the next run brings meter, solar back");
    RunReport nothing;
    nothing.interrupted = true;
    CHECK(nothing.summary() == "nothing done");
}

TEST_CASE("detailed_exit_code: a run of one connector has a code for the reason of a missing update") {
    CHECK(run_of({report_with(Outcome::blocked)}).detailed_exit_code() == ExitCode::blocked);
    CHECK(run_of({report_with(Outcome::rolled_back)}).detailed_exit_code() == ExitCode::rolled_back);
    CHECK(run_of({report_with(Outcome::failed)}).detailed_exit_code() == ExitCode::connector_failed);
    CHECK(run_of({unreachable()}).detailed_exit_code() == ExitCode::nothing_reachable);
    CHECK(run_of({report_with(Outcome::updated)}).detailed_exit_code() == ExitCode::success);
    const RunReport two = run_of({report_with(Outcome::blocked), report_with(Outcome::updated)});
    CHECK(two.detailed_exit_code() == ExitCode::connector_failed);
    RunReport stopped = run_of({report_with(Outcome::blocked)});
    stopped.interrupted = true;
    CHECK(stopped.detailed_exit_code() == ExitCode::connector_failed);
    CHECK(run_of({}).detailed_exit_code() == ExitCode::success);
}

TEST_CASE("nothing_reachable: true if each connector with a remote failed to reach it") {
    CHECK(run_of({unreachable()}).nothing_reachable());
    CHECK(run_of({unreachable(), unreachable()}).exit_code() == ExitCode::nothing_reachable);
    CHECK(run_of({unreachable(), report_with(Outcome::skipped), report_with(Outcome::blocked)}).nothing_reachable());
    CHECK_FALSE(run_of({}).nothing_reachable());
    CHECK_FALSE(run_of({report_with(Outcome::skipped)}).nothing_reachable());
    for (const Outcome reached : {Outcome::unchanged, Outcome::updated, Outcome::failed, Outcome::rolled_back}) {
        CHECK_FALSE(run_of({unreachable(), report_with(reached)}).nothing_reachable());
        CHECK(run_of({unreachable(), report_with(reached)}).exit_code() == ExitCode::connector_failed);
    }
}

TEST_CASE("needs_reboot: true after a change without a restarted service") {
    ConnectorReport changed = report_with(Outcome::updated);
    CHECK_FALSE(run_of({changed}).needs_reboot());
    changed.actions = {"fast-forward"};
    CHECK(run_of({changed}).needs_reboot());
    ConnectorReport restarted = changed;
    restarted.restarted = "meter.service";
    CHECK_FALSE(run_of({restarted}).needs_reboot());
    CHECK(run_of({restarted, changed}).needs_reboot());
}

TEST_CASE("any_updated: an action makes it true, an outcome does not") {
    CHECK_FALSE(run_of({}).any_updated());
    CHECK_FALSE(run_of({report_with(Outcome::updated), report_with(Outcome::failed)}).any_updated());
    ConnectorReport acted = report_with(Outcome::failed);
    acted.actions = {"fast-forward main"};
    CHECK(run_of({report_with(Outcome::unchanged), acted}).any_updated());
}

TEST_CASE("summary: the number of each outcome, in a fixed order") {
    CHECK(run_of({}).summary() == "no connectors");
    CHECK(run_of({report_with(Outcome::unchanged)}).summary() == "1 unchanged");
    CHECK(run_of({report_with(Outcome::unchanged), report_with(Outcome::failed), report_with(Outcome::updated),
                  report_with(Outcome::updated)})
              .summary() == "2 updated, 1 failed, 1 unchanged");
    std::vector<ConnectorReport> each;
    for (const Outcome outcome : all) each.push_back(report_with(outcome));
    CHECK(run_of(each).summary() ==
          "1 updated, 1 rolled back, 1 failed, 1 blocked, 1 skipped, 1 deferred, 1 unchanged");
    CHECK(summary_for_json(run_of(each).summary()) ==
          "1 updated, 1 rolled_back, 1 failed, 1 blocked, 1 skipped, 1 deferred, 1 unchanged");
    CHECK(summary_for_json("no connectors") == "no connectors");
}

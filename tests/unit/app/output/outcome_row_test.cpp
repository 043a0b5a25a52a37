// SPDX-License-Identifier: Apache-2.0
#include "app/output/outcome_row.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace gup;

namespace {

ConnectorReport reported(Outcome outcome, std::string reason, std::vector<std::string> actions) {
    ConnectorReport report;
    report.name = "meter";
    report.outcome = outcome;
    report.reason = std::move(reason);
    report.actions = std::move(actions);
    report.branch = "main";
    report.commit = "182ccfe000000000000000000000000000000000";
    return report;
}

const std::string moved = "updated code c5ed50c → 182ccfe (main, 1 commit)";

}  // namespace

TEST_CASE("outcome_row: the outcome first, then what was done, and each verb once") {
    struct Row {
        Outcome outcome;
        std::string reason;
        std::vector<std::string> actions;
        std::string_view verb;
        std::string shown;
    };
    for (const Row& row : {
             Row{Outcome::updated,
                 "",
                 {moved},
                 "updated",
                 "meter  updated      code c5ed50c → 182ccfe (main, 1 commit)\n"},
             Row{Outcome::updated, "", {"installed six 1.0"}, "updated", "meter  updated      installed six 1.0\n"},
             Row{Outcome::updated,
                 "",
                 {moved, "installed six 1.0"},
                 "updated",
                 "meter  updated      code c5ed50c → 182ccfe (main, 1 commit); installed six 1.0\n"},
             Row{Outcome::updated,
                 "",
                 {"cloned u, branch main"},
                 "added",
                 "meter  added        cloned u, branch main\n"},
             Row{Outcome::updated, "", {"installed 2.1 from u"}, "installed", "meter  installed    2.1 from u\n"},
             Row{Outcome::updated, "", {"adoptedly"}, "adopted", "meter  adopted      adoptedly\n"},
             Row{Outcome::failed, "no version", {}, "updated", "meter  failed       no version\n"},
             Row{Outcome::failed,
                 "no version",
                 {moved, "installed six 1.0"},
                 "updated",
                 "meter  failed       no version  (code updated c5ed50c → 182ccfe; installed six 1.0)\n"},
             Row{Outcome::rolled_back, "unhealthy", {}, "added", "meter  rolled back  unhealthy\n"},
             Row{Outcome::unchanged, "", {}, "updated", "meter  unchanged    main 182ccfe\n"},
             Row{Outcome::unchanged, "it is there", {}, "installed", "meter  unchanged    it is there\n"},
             Row{Outcome::deferred, "waits\x1b[31m", {}, "updated", "meter  deferred     waits\\x1b[31m\n"},
         }) {
        CHECK(outcome_row(reported(row.outcome, row.reason, row.actions), {}, {row.verb, 0, 0, false}) == row.shown);
    }
}

TEST_CASE("outcome_row: names are aligned, a hint is below, and long lines are wrapped below their start") {
    ConnectorReport report = reported(Outcome::failed, "gupfile:2:9: pyserial has no version at all", {});
    report.hint = "write pyserial,3.5 in the gupfile of the connector";
    CHECK(outcome_row(report, {Milliseconds{3'210}, 2048}, {"updated", 50, 8, false}) ==
          "meter     failed       gupfile:2:9: pyserial has\n"
          "                       no version at all\n"
          "                       [3.2 s, 2.0 KiB]\n"
          "  hint: write pyserial,3.5 in the gupfile of the\n"
          "        connector\n");
}

TEST_CASE("cost_text: nothing for what was quick and small") {
    CHECK(cost_text({}).empty());
    CHECK(cost_text({Milliseconds{999}, 0}).empty());
    CHECK(cost_text({Milliseconds{0}, 1}) == "1 B");
    CHECK(cost_text({Milliseconds{1'000}, 0}) == "1.0 s");
    CHECK(cost_text({Milliseconds{75'000}, 3U << 20U}) == "1 min 15 s, 3.0 MiB");
}

TEST_CASE("outcome_counts: the words of the command, in the order of a summary") {
    RunReport run;
    CHECK(outcome_counts(run, {}) == "no connectors");
    run.connectors = {reported(Outcome::unchanged, "", {}), reported(Outcome::failed, "x", {}),
                      reported(Outcome::rolled_back, "x", {}), reported(Outcome::updated, "", {"a"})};
    CHECK(outcome_counts(run, {}) == "1 updated, 1 rolled back, 1 failed, 1 unchanged");
    CHECK(outcome_counts(run, {"added", 0, 0, false}) == "1 added, 1 rolled back, 1 failed, 1 unchanged");
    CHECK(outcome_counts(run, {"updated", 0, 0, true}).find("\x1b[32m1 updated\x1b[0m, ") == 0);
}

TEST_CASE("outcome_text: one line without a terminal, as before") {
    CHECK(outcome_text(reported(Outcome::updated, "", {moved}), false) == "meter: " + moved);
    CHECK(outcome_text(reported(Outcome::failed, "no version", {moved}), false) ==
          "meter: failed: no version (done: " + moved + ")");
}

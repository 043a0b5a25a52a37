// SPDX-License-Identifier: Apache-2.0
#include "status/history.hpp"

#include <doctest/doctest.h>

#include "util/sys/directory.hpp"

using namespace gup;

namespace {

HistoryEntry happened(const std::string& connector, UnixTime time) {
    HistoryEntry entry;
    entry.connector = connector;
    entry.time = time;
    entry.outcome = Outcome::updated;
    return entry;
}

ConnectorReport reported(Outcome outcome, const std::string& commit, const std::string& reason = {}) {
    ConnectorReport report;
    report.name = "meter";
    report.outcome = outcome;
    report.commit = commit;
    report.reason = reason;
    return report;
}

std::vector<HistoryEntry> news(const StatusDocument& before, const ConnectorReport& report) {
    RunReport run;
    run.connectors.push_back(report);
    return history_of_run(before, merge_status(before, run, Coverage::all_connectors, 7), run, "pi", 7);
}

StatusDocument document_of(const ConnectorReport& report) {
    return StatusDocument{{{report, 1, 1}}};
}

}  // namespace

TEST_CASE("history: is read back, the newest first, without lines that are none") {
    const auto folder = TemporaryFolder::make();
    REQUIRE(folder.ok());
    CHECK(read_history(folder->path())->empty());
    HistoryEntry entry{5,     "meter", "pi", Outcome::rolled_back, "main",
                       "aaa", "bbb",   "id", "a \"reason\"",       {"one", "two"}};
    REQUIRE(add_history(folder->path(), {happened("boiler", 4), entry}).ok());
    const auto text = read_file(history_file(folder->path()));
    REQUIRE(write_file_atomically(history_file(folder->path()), *text + "{\"torn\":\n\n[]\n{}\n").ok());
    const auto read = read_history(folder->path());
    REQUIRE(read->size() == 2);
    CHECK((*read)[0] == entry);
    CHECK((*read)[1].connector == "boiler");
}

TEST_CASE("history: old entries of one connector are dropped, those of others stay") {
    const auto folder = TemporaryFolder::make();
    REQUIRE(folder.ok());
    REQUIRE(add_history(folder->path(), {happened("quiet", 1)}).ok());
    std::vector<HistoryEntry> many;
    for (std::size_t i = 0; i < history_limit + 20; ++i)
        many.push_back(happened("noisy", static_cast<UnixTime>(2 + i)));
    REQUIRE(add_history(folder->path(), many).ok());
    const auto read = read_history(folder->path());
    CHECK(read->size() == history_limit + 1);
    CHECK(read->front().time == static_cast<UnixTime>(history_limit + 21));
    CHECK(read->back().connector == "quiet");
}

TEST_CASE("history: a very long reason is shortened") {
    const auto folder = TemporaryFolder::make();
    REQUIRE(folder.ok());
    const auto entries = news({}, reported(Outcome::failed, "a", std::string(100'000, 'x')));
    REQUIRE(entries.size() == 1);
    CHECK(entries.front().reason.size() < 2000);
}

TEST_CASE("history_of_run: changes, failures that are new, and the success after one") {
    const StatusDocument well = document_of(reported(Outcome::unchanged, "a"));
    CHECK(news({}, reported(Outcome::unchanged, "a")).empty());
    CHECK(news(well, reported(Outcome::unchanged, "a")).empty());
    ConnectorReport updated = reported(Outcome::updated, "b");
    updated.from_commit = "a";
    updated.actions = {"updated code"};
    const auto entries = news(well, updated);
    REQUIRE(entries.size() == 1);
    CHECK(entries.front().from == "a");
    CHECK(entries.front().to == "b");
    CHECK(entries.front().by == "pi");
    const ConnectorReport failure = reported(Outcome::failed, "a", "no network");
    CHECK(news(well, failure).size() == 1);
    CHECK_MESSAGE(news(document_of(failure), failure).empty(), "the same failure every night is told once");
    CHECK(news(document_of(failure), reported(Outcome::failed, "a", "no disk")).size() == 1);
    CHECK_MESSAGE(news(document_of(failure), reported(Outcome::unchanged, "a")).size() == 1, "it works again");
    const auto moved = news(well, reported(Outcome::unchanged, "c"));
    REQUIRE_MESSAGE(moved.size() == 1, "a person has moved it");
    CHECK(moved.front().from == "a");
}

TEST_CASE("with_generations: adds those that the file does not have") {
    Generation known;
    known.id = "2026-11-21_02_00-main-aaa";
    known.time = 10;
    Generation older;
    older.id = "2026-11-20_02_00-main-bbb";
    older.time = 5;
    older.commit = "bbb";
    Generation before;
    before.id = "2026-11-20_02_00-main-bbb-before";
    HistoryEntry entry = happened("meter", 10);
    entry.generation = known.id;
    const auto all = with_generations({entry}, "meter", {known, older, before});
    REQUIRE(all.size() == 2);
    CHECK(all[0].generation == known.id);
    CHECK(all[1].to == "bbb");
    CHECK(with_generations({entry}, "boiler", {known}).size() == 2);
}

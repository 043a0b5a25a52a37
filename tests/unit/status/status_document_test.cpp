// SPDX-License-Identifier: Apache-2.0
#include "status/status_document.hpp"

#include <doctest/doctest.h>

#include "util/sys/directory.hpp"

using namespace gup;

namespace {

ConnectorReport report(const std::string& name, Outcome outcome, const std::string& reason = {}) {
    ConnectorReport result;
    result.name = name;
    result.outcome = outcome;
    result.reason = reason;
    result.branch = "main";
    result.commit = "e9b167f000000000000000000000000000000000";
    result.pins = {{"paho-mqtt", "1.3.1", "1.3.1"}};
    return result;
}

StatusDocument after(const StatusDocument& before, std::vector<ConnectorReport> reports, UnixTime now,
                     Coverage coverage = Coverage::all_connectors) {
    RunReport run;
    run.connectors = std::move(reports);
    return merge_status(before, run, coverage, now);
}

}  // namespace

TEST_CASE("merge_status: unchanged after updated is not news") {
    ConnectorReport updated = report("meter", Outcome::updated);
    updated.actions = {"updated code 1a2b3c4 → e9b167f (main, 1 commit)"};
    const StatusDocument first = after({}, {updated}, 100);
    const StatusDocument second = after(first, {report("meter", Outcome::unchanged)}, 200);
    CHECK(same_status(first, second));
    CHECK(second.find("meter")->since == 100);
    CHECK(second.find("meter")->last_success == 100);
}

TEST_CASE("merge_status: a failure is news once, and keeps the last success") {
    const StatusDocument good = after({}, {report("meter", Outcome::unchanged)}, 100);
    const StatusDocument bad = after(good, {report("meter", Outcome::failed, "diverged")}, 200);
    CHECK(bad.find("meter")->report.outcome == Outcome::failed);
    CHECK(bad.find("meter")->since == 200);
    CHECK(bad.find("meter")->last_success == 100);
    CHECK(same_status(bad, after(bad, {report("meter", Outcome::failed, "diverged")}, 300)));
    CHECK_FALSE(same_status(bad, after(bad, {report("meter", Outcome::failed, "unreachable")}, 300)));
}

TEST_CASE("last_seen: a later run over the connector found the same again") {
    const StatusDocument document = after({}, {report("meter", Outcome::unchanged)}, 100);
    const ConnectorStatus& status = *document.find("meter");
    CHECK(last_seen(status, std::nullopt) == 100);
    CHECK(last_seen(status, LastRun{50, "", {}}) == 100);
    CHECK(last_seen(status, LastRun{200, "", {}}) == 200);
    CHECK(last_seen(status, LastRun{200, "", {"pump", "meter"}}) == 200);
    CHECK(last_seen(status, LastRun{200, "", {"pump"}}) == 100);
}

TEST_CASE("merge_status: another commit or pin is news, even with the same outcome") {
    const StatusDocument first = after({}, {report("meter", Outcome::unchanged)}, 100);
    ConnectorReport moved = report("meter", Outcome::unchanged);
    moved.commit = "1a2b3c4000000000000000000000000000000000";
    CHECK(after(first, {moved}, 200).find("meter")->report.commit == moved.commit);
    ConnectorReport other_pin = report("meter", Outcome::unchanged);
    other_pin.pins.front().installed = "1.3.0";
    CHECK_FALSE(same_status(first, after(first, {other_pin}, 200)));
}

TEST_CASE("merge_status: a release in quarantine is news once") {
    ConnectorReport bad = report("meter", Outcome::rolled_back, "did not stay active");
    const StatusDocument first = after({}, {bad}, 100);
    bad.quarantine = {{{std::string(40, 'b'), {}}, "did not stay active", 150}};
    const StatusDocument second = after(first, {bad}, 200);
    CHECK_FALSE(same_status(first, second));
    CHECK(same_status(second, after(second, {bad}, 300)));
    bad.quarantine.clear();
    CHECK(after(second, {bad}, 300).find("meter")->report.quarantine.empty());
}

TEST_CASE("merge_status: a rollback is told once, also by the runs that skip the release") {
    struct Row {
        const char* about;
        std::string first, later;
        bool is_news;
    };
    const std::string skipped = "1a2b3c4 was rolled back: it does not answer";
    const std::vector<Row> rows{
        {"the run that rolls back has the reason alone", "it does not answer", skipped, false},
        {"the words are the same already", skipped, skipped, false},
        {"another problem is the same", "it does not answer; six 1.0 is not available",
         skipped + "; six 1.0 is not available", false},
        {"another problem is new", "it does not answer", skipped + "; six 1.0 is not available", true},
        {"another problem is gone", "it does not answer; six 1.0 is not available", skipped, true},
        {"another release", "it does not answer", "9f8e7d6 was rolled back: it does not answer", true},
    };
    for (const Row& row : rows) {
        CAPTURE(row.about);
        ConnectorReport first = report("meter", Outcome::rolled_back, row.first);
        first.quarantine = {
            make_quarantined({"1a2b3c4000000000000000000000000000000000", {}}, "it does not answer", 90)};
        ConnectorReport later = report("meter", Outcome::rolled_back, row.later);
        later.quarantine = first.quarantine;
        const StatusDocument before = after({}, {first}, 100);
        CHECK(same_status(before, after(before, {later}, 200)) == !row.is_news);
        CHECK(is_rolled_back(later));
        // Tried again, and rolled back again.
        later.quarantine.front().since = 190;
        CHECK(after(before, {later}, 200).find("meter")->since == 200);
    }
}

TEST_CASE("merge_status: a rollback by hand keeps its time when a run skips the release") {
    ConnectorReport asked = report("meter", Outcome::updated);
    asked.actions = {"rolled back to 20261121T020013"};
    asked.from_commit = "1a2b3c4000000000000000000000000000000000";
    asked.quarantine = {make_quarantined({asked.from_commit, {}}, {}, 90)};
    ConnectorReport night = report("meter", Outcome::skipped, display(asked.quarantine.front()));
    night.quarantine = asked.quarantine;
    const StatusDocument before = after({}, {asked}, 100);
    const StatusDocument next = after(before, {night}, 200);
    CHECK(next.find("meter")->since == 100);
    CHECK(next.find("meter")->report.outcome == Outcome::skipped);
    CHECK(same_status(next, after(next, {night}, 300)));
    CHECK(is_rolled_back(asked));
    CHECK(is_rolled_back(night));
    // After a newer release, one that returns to the old one is news.
    asked.from_commit = "5555555000000000000000000000000000000000";
    CHECK_FALSE(is_rolled_back(asked));
    const StatusDocument newer = after({}, {asked}, 150);
    CHECK(after(newer, {night}, 200).find("meter")->since == 200);
    ConnectorReport detached = report("meter", Outcome::skipped, "no branch is checked out");
    detached.quarantine = night.quarantine;
    CHECK_FALSE(is_rolled_back(detached));
}

TEST_CASE("merge_status: a run over some connectors keeps the others, one over all drops removed connectors") {
    const StatusDocument both = after({}, {report("a", Outcome::unchanged), report("b", Outcome::unchanged)}, 100);
    const auto some = after(both, {report("b", Outcome::unchanged)}, 200, Coverage::some_connectors);
    CHECK(some.find("a") != nullptr);
    const auto all = after(both, {report("b", Outcome::unchanged)}, 200);
    CHECK(all.find("a") == nullptr);
    CHECK(all.find("b") != nullptr);
}

TEST_CASE("write_status, read_status: every member is read back") {
    const auto folder = TemporaryFolder::make();
    REQUIRE(folder.ok());
    const fs::path file = folder->path() / "deep" / "status.json";
    ConnectorReport full = report("meter", Outcome::failed, "no such tag \xff");
    full.hint = "push it";
    full.from_commit = "1a2b3c4000000000000000000000000000000000";
    full.actions = {"one", "two"};
    full.unreachable = true;
    full.restarted = "meter.service";
    full.held_back = {{{"lib", "5.0.0", "git+https://example.org/lib.git", 0}, "no such tag", 77}};
    full.quarantine = {{{std::string(40, 'b'), {{"lib", "5.0.0", "", 0}}}, "did not stay active", 78}};
    StatusDocument document;
    document.connectors = {{full, 5'000'000'000, 4'999'999'999}};
    REQUIRE(write_status(file, document).ok());
    const auto back = read_status(file);
    REQUIRE(back.ok());
    const ConnectorStatus* entry = back->find("meter");
    REQUIRE(entry != nullptr);
    CHECK(entry->since == 5'000'000'000);
    CHECK(entry->last_success == 4'999'999'999);
    CHECK(entry->report.outcome == Outcome::failed);
    CHECK(entry->report.reason == "no such tag \xef\xbf\xbd");
    CHECK(entry->report.actions == full.actions);
    CHECK(entry->report.unreachable);
    CHECK(entry->report.restarted == "meter.service");
    REQUIRE(entry->report.held_back.size() == 1);
    CHECK(entry->report.held_back.front().requirement == full.held_back.front().requirement);
    CHECK(entry->report.held_back.front().since == 77);
    REQUIRE(entry->report.quarantine.size() == 1);
    CHECK(is_same_release(entry->report.quarantine.front().release, full.quarantine.front().release));
    CHECK(entry->report.quarantine.front().reason == "did not stay active");
    CHECK(entry->report.quarantine.front().since == 78);
}

TEST_CASE("read_status: a missing file is empty, an invalid one is corrupt and named") {
    const auto folder = TemporaryFolder::make();
    REQUIRE(folder.ok());
    const fs::path file = folder->path() / "status.json";
    CHECK(read_status(file)->connectors.empty());
    for (const char* text : {"", "{", "[]", R"({"schema":2,"connectors":[]})", R"({"schema":1})",
                             R"({"schema":1,"connectors":[{"name":5}]})"}) {
        CAPTURE(text);
        REQUIRE(write_file_atomically(file, text).ok());
        const auto status = read_status(file);
        REQUIRE_FALSE(status.ok());
        CHECK(status.error().code == ErrorCode::corrupt);
        CHECK(status.error().message.find(file.string()) != std::string::npos);
    }
}

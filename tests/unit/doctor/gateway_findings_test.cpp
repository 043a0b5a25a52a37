// SPDX-License-Identifier: Apache-2.0
#include "doctor/gateway_findings.hpp"

#include <doctest/doctest.h>

#include "findings_fixture.hpp"

namespace gup {
namespace {

constexpr std::int64_t hour = 3600;
constexpr std::int64_t day = 24 * hour;
constexpr std::int64_t built = 1'795'000'000;

std::vector<Finding> clock(ClockFacts facts) {
    Diagnosis diagnosis;
    facts.built = built;
    diagnose_clock(facts, diagnosis);
    CHECK(diagnosis.checks == 1);
    return diagnosis.findings;
}

ClockFacts at(std::int64_t now) {
    ClockFacts facts;
    facts.now = now;
    return facts;
}

Scheduler starter(SchedulerKind kind, const char* place, const char* inactive = "") {
    return {kind, place, "gup-agent run", inactive};
}

}  // namespace

TEST_CASE("diagnose_clock: a clock before the build, or decades after it, is wrong with any remote") {
    ClockFacts epoch = at(0);
    epoch.remote = 0;
    REQUIRE(clock(epoch).size() == 1);
    CHECK(clock(epoch).front().what.find("behind the moment this agent was built") != std::string::npos);
    REQUIRE(clock(at(built + 30 * 365 * day)).size() == 1);
    CHECK(clock(at(built)).empty());
    CHECK(clock(at(built + 10 * 365 * day)).empty());
}

TEST_CASE("diagnose_clock: minutes of difference to a remote are tolerated, more are not") {
    ClockFacts facts = at(built + day);
    facts.remote_name = "https://git.example.org/";
    facts.sync = TimeSync::not_yet;
    for (const std::int64_t off : {-299, 0, 299}) {
        facts.remote = facts.now + off;
        CHECK(clock(facts).empty());
    }
    facts.remote = facts.now - 2 * hour;
    CHECK(clock(facts).front().what == "it is 2 h 0 min ahead of that of https://git.example.org/");
    facts.remote = facts.now + 400;
    CHECK(clock(facts).front().what == "it is 6 min behind that of https://git.example.org/");
}

TEST_CASE("diagnose_clock: an unset clock is a finding only if no remote gave the time") {
    ClockFacts facts = at(built + day);
    facts.sync = TimeSync::not_yet;
    CHECK(clock(facts).size() == 1);
    facts.sync = TimeSync::unknown;
    CHECK(clock(facts).empty());
}

TEST_CASE("diagnose_clock: without a known build time, 1970 alone is not noticed") {
    Diagnosis diagnosis;
    diagnose_clock(at(0), diagnosis);
    CHECK(diagnosis.findings.empty());
}

TEST_CASE("diagnose_space: bytes and inodes are reported with both numbers") {
    SpaceFacts facts{{0, "/srv", 10U << 20U, 100, true, false}, {"virtualenvs", "log"}, 30U << 20U, 500};
    Diagnosis diagnosis;
    diagnose_space(facts, diagnosis);
    REQUIRE(diagnosis.findings.size() == 2);
    CHECK(diagnosis.findings[0].what == "10 MiB are free, an update may need 30 MiB (virtualenvs and log)");
    CHECK(diagnosis.findings[1].what == "100 inodes are free, an update may need 500 (virtualenvs and log)");
    facts.counts_files = false;
    facts.free_bytes = facts.needed_bytes;
    Diagnosis enough;
    diagnose_space(facts, enough);
    CHECK(enough.findings.empty());
}

TEST_CASE("diagnose_schedulers: without access to all crontabs it does not claim that there is none") {
    SchedulerFacts facts;
    Diagnosis all;
    diagnose_schedulers(facts, all);
    CHECK(all.findings.size() == 1);
    facts.all_seen = false;
    Diagnosis some;
    diagnose_schedulers(facts, some);
    CHECK(some.findings.empty());
    CHECK(some.notes.size() == 1);
}

TEST_CASE("diagnose_schedulers: an unknown state of the cron daemon is not a finding") {
    SchedulerFacts facts;
    facts.found = {{SchedulerKind::cron, "/etc/cron.d/gup-agent:5", "0 2 * * * root gup-agent run", {}}};
    Diagnosis diagnosis;
    diagnose_schedulers(facts, diagnosis);
    CHECK(diagnosis.findings.empty());
    facts.cron_runs = false;
    diagnose_schedulers(facts, diagnosis);
    CHECK(diagnosis.findings.size() == 1);
}

TEST_CASE("diagnose_ca_bundle: single certificates may be expired or unknown, not all or most") {
    const auto findings = [](unsigned good, unsigned unreadable, unsigned expired) {
        Diagnosis diagnosis;
        diagnose_ca_bundle({{good + expired, unreadable, expired, 0}, "/ca.pem", {}}, diagnosis);
        return diagnosis.findings.size();
    };
    CHECK(findings(140, 3, 2) == 0);
    CHECK(findings(140, 80, 0) == 1);
    CHECK(findings(0, 0, 5) == 1);
    CHECK(findings(0, 0, 0) == 1);
}

TEST_CASE("diagnose_processor: for an armv6 build on a newer processor a note names the faster build") {
    const auto notes = [](const char* build, const char* platform) {
        Diagnosis diagnosis;
        diagnose_processor({build, platform}, diagnosis);
        CHECK(diagnosis.findings.empty());
        return diagnosis.notes.size();
    };
    CHECK(notes("armv6", "v7l") == 1);
    CHECK(notes("armv6", "v8l") == 1);
    CHECK(notes("armv6", "v6l") == 0);
    CHECK(notes("armhf", "v7l") == 0);
    CHECK(notes("aarch64", "aarch64") == 0);
}

TEST_CASE("diagnose_clock: the bounds themselves are tolerated") {
    constexpr std::int64_t longest = 25 * 365 * day;
    CHECK(clock(at(built + longest)).empty());
    CHECK(clock(at(built + longest + 1)).size() == 1);
    CHECK(clock(at(built - 1)).size() == 1);
    ClockFacts facts = at(built + day);
    for (const std::int64_t off : {-300, 300}) {
        facts.remote = facts.now + off;
        CHECK(clock(facts).empty());
    }
    for (const std::int64_t off : {-301, 301}) {
        facts.remote = facts.now + off;
        CHECK(clock(facts).size() == 1);
    }
}

TEST_CASE("diagnose_clock: a finding names the clock and its error") {
    const Finding late = clock(at(built + 26 * 365 * day)).front();
    CHECK(late.check == "clock");
    CHECK(late.subject == "clock");
    CHECK(holds(late.what, "9490 days ahead"));
    CHECK(holds(clock(at(built - 2 * hour)).front().what, "2 h 0 min behind"));
    ClockFacts unset = at(built + day);
    unset.sync = TimeSync::not_yet;
    CHECK(holds(clock(unset).front().what, "timesyncd"));
    unset.sync = TimeSync::synchronized;
    CHECK(clock(unset).empty());
}

TEST_CASE("diagnose_clock: without a known build time no time is too late") {
    CHECK(finds_nothing(diagnose_clock, at(built)));
    CHECK(finds_nothing(diagnose_clock, at(-1)));
}

TEST_CASE("diagnose_space: exactly the needed space is enough, one less is not") {
    SpaceFacts facts{{0, "/srv", 1024, 7, true, false}, {"state"}, 1024, 7};
    CHECK(finds_nothing(diagnose_space, facts));
    facts.free_bytes = 1023;
    const Finding bytes = only_finding(diagnose_space, facts);
    CHECK(bytes.check == "disk");
    CHECK(bytes.subject == "/srv");
    facts.free_bytes = 1024;
    facts.free_files = 6;
    CHECK(holds(only_finding(diagnose_space, facts).what, "6 inodes"));
    facts.counts_files = false;
    CHECK(finds_nothing(diagnose_space, facts));
}

TEST_CASE("diagnose_space: a read-only file system has only this finding") {
    const Finding finding = only_finding(diagnose_space, SpaceFacts{{0, "/srv", 0, 0, true, true}, {"state"}, 1, 1});
    CHECK(finding.check == "disk");
    CHECK(holds(finding.what, "read-only (state)"));
}

TEST_CASE("diagnose_schedulers: one scheduler is right, two are reported with their places") {
    SchedulerFacts facts;
    for (const SchedulerKind kind : {SchedulerKind::cron, SchedulerKind::timer, SchedulerKind::daemon}) {
        facts.found = {starter(kind, "a")};
        CHECK(finds_nothing(diagnose_schedulers, facts));
    }
    facts.found = {starter(SchedulerKind::cron, "a"), starter(SchedulerKind::timer, "b")};
    const Finding finding = only_finding(diagnose_schedulers, facts);
    CHECK(finding.check == "scheduler");
    CHECK(holds(finding.what, "2 times: a and b"));
    facts.found[1].inactive = "it is masked";
    CHECK(finds_nothing(diagnose_schedulers, facts));
}

TEST_CASE("diagnose_schedulers: the old script must be replaced, or removed if the agent is started, too") {
    SchedulerFacts facts;
    facts.found = {starter(SchedulerKind::old_script, "crontab:3")};
    const Finding alone = only_finding(diagnose_schedulers, facts);
    CHECK(alone.subject == "crontab:3");
    CHECK(holds(alone.hint, "replace"));
    facts.found.push_back(starter(SchedulerKind::timer, "gup-agent.timer"));
    const Finding both = only_finding(diagnose_schedulers, facts);
    CHECK(both.subject == "crontab:3");
    CHECK(holds(both.hint, "remove"));
    facts.found[0].inactive = "its file is not executable";
    CHECK(finds_nothing(diagnose_schedulers, facts));
}

TEST_CASE("diagnose_schedulers: an inactive one is the reason why nothing starts the run") {
    SchedulerFacts facts;
    for (const SchedulerKind kind : {SchedulerKind::timer, SchedulerKind::old_script}) {
        facts.found = {starter(kind, "gup-agent.timer", "it is not enabled")};
        const Finding finding = only_finding(diagnose_schedulers, facts);
        CHECK(finding.subject == "gup-agent.timer");
        CHECK(finding.what == "it is not enabled");
    }
    facts.found.clear();
    CHECK(only_finding(diagnose_schedulers, facts).subject == "scheduler");
}

TEST_CASE("diagnose_schedulers: a stopped cron daemon is a finding if only cron starts the run") {
    SchedulerFacts facts;
    facts.found = {starter(SchedulerKind::cron, "crontab:1")};
    facts.cron_runs = true;
    CHECK(finds_nothing(diagnose_schedulers, facts));
    facts.cron_runs = false;
    CHECK(only_finding(diagnose_schedulers, facts).subject == "crontab:1");
    facts.found = {starter(SchedulerKind::timer, "gup-agent.timer")};
    CHECK(finds_nothing(diagnose_schedulers, facts));
    facts.found.push_back(starter(SchedulerKind::cron, "crontab:1"));
    CHECK(holds(only_finding(diagnose_schedulers, facts).what, "2 times"));
    facts.found.clear();
    CHECK(only_finding(diagnose_schedulers, facts).subject == "scheduler");
}

TEST_CASE("diagnose_ca_bundle: the fault of the file is named") {
    struct Case {
        CaBundleFacts facts;
        const char* what;
    };
    for (const Case& one : {
             Case{{{5, 0, 0, 0}, "/ca.pem", "cannot read it"}, "cannot read it"},
             Case{{{0, 0, 0, 0}, "/ca.pem", ""}, "it contains no certificate"},
             Case{{{0, 1, 0, 0}, "/ca.pem", ""}, "none of its 1 certificates can be parsed"},
             Case{{{5, 0, 5, 0}, "/ca.pem", ""}, "all of its 5 certificates are expired"},
             Case{{{5, 0, 3, 2}, "/ca.pem", ""}, "all of its 5 certificates are expired"},
             Case{{{4, 0, 2, 2}, "/ca.pem", ""}, "all of its 4 certificates are expired"},
             Case{{{5, 0, 2, 3}, "/ca.pem", ""}, "all of its 5 certificates are not valid yet"},
             Case{{{8, 3, 0, 0}, "/ca.pem", ""}, "3 of its 11 certificates cannot be parsed"},
         }) {
        const Finding finding = only_finding(diagnose_ca_bundle, one.facts);
        CHECK(finding.check == "ca-bundle");
        CHECK(finding.subject == "/ca.pem");
        INFO(finding.what);
        CHECK(holds(finding.what, one.what));
    }
    CHECK(finds_nothing(diagnose_ca_bundle, CaBundleFacts{{8, 2, 0, 0}, "/ca.pem", ""}));
    CHECK(finds_nothing(diagnose_ca_bundle, CaBundleFacts{{5, 0, 2, 2}, "/ca.pem", ""}));
}

TEST_CASE("diagnose_ca_bundle: certificates that are not valid yet are blamed on the clock") {
    const Finding early = only_finding(diagnose_ca_bundle, CaBundleFacts{{1, 0, 0, 1}, "/ca.pem", ""});
    const Finding late = only_finding(diagnose_ca_bundle, CaBundleFacts{{1, 0, 1, 0}, "/ca.pem", ""});
    CHECK(holds(early.hint, "timedatectl"));
    CHECK(holds(late.hint, "ca-certificates"));
}

TEST_CASE("diagnose_processor: the note names the processor") {
    const auto notes = diagnosed(diagnose_processor, ProcessorFacts{"armv6", "v7l"}).notes;
    REQUIRE(notes.size() == 1);
    CHECK(holds(notes[0], "ARMv7"));
    for (const char* platform : {"", "v", "aarch64", "x7"}) {
        CHECK(finds_nothing(diagnose_processor, ProcessorFacts{"armv6", platform}));
    }
}

}  // namespace gup

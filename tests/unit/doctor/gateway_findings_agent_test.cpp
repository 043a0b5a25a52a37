// SPDX-License-Identifier: Apache-2.0
// The rules about the agent itself: its lock, its runs, its files.
#include <doctest/doctest.h>

#include "doctor/gateway_findings.hpp"
#include "findings_fixture.hpp"

namespace gup {
namespace {

constexpr std::int64_t one_hour = 3600;
constexpr std::int64_t one_day = 24 * one_hour;
constexpr std::int64_t moment = 1'795'000'000;

}  // namespace

TEST_CASE("diagnose_lock: an active run is a note, a hanging one a finding") {
    LockFacts facts{{"gup-agent run", 60, false}, 4711, true};
    Diagnosis diagnosis;
    diagnose_lock(facts, diagnosis);
    CHECK(diagnosis.findings.empty());
    REQUIRE(diagnosis.notes.size() == 1);
    CHECK(diagnosis.notes[0].find("4711") != std::string::npos);
    facts.age = 5 * one_hour;
    diagnose_lock(facts, diagnosis);
    facts.age = 1;
    facts.is_stopped = true;
    diagnose_lock(facts, diagnosis);
    CHECK(diagnosis.findings.size() == 2);
}

TEST_CASE("diagnose_last_run: a run may be some hours late, but not half a day") {
    const auto findings = [](std::int64_t ago) {
        Diagnosis diagnosis;
        diagnose_last_run({moment, true, moment - ago}, diagnosis);
        return diagnosis.findings;
    };
    CHECK(findings(26 * one_hour).empty());
    REQUIRE(findings(40 * one_hour).size() == 1);
    CHECK(findings(40 * one_hour)[0].what == "the last run finished 40 h 0 min ago: a night was missed");
    CHECK(findings(3 * one_day)[0].what == "the last run finished 3 days ago: 3 nights were missed");
    CHECK(findings(-one_hour).size() == 1);
}

TEST_CASE("diagnose_last_run: with quiet-noop no night is missed") {
    Diagnosis diagnosis;
    diagnose_last_run({moment, false, moment - 9 * one_day}, diagnosis);
    diagnose_last_run({moment, false, {}}, diagnosis);
    CHECK(diagnosis.findings.empty());
    CHECK(diagnosis.notes.empty());
}

TEST_CASE("diagnose_lock: a lock of four hours is a run, an older one hangs") {
    CHECK(finds_nothing(diagnose_lock, LockFacts{}));
    LockFacts facts{{"", 4 * one_hour, false}, 4711, true};
    const Diagnosis runs = diagnosed(diagnose_lock, facts);
    CHECK(runs.findings.empty());
    REQUIRE(runs.notes.size() == 1);
    CHECK(holds(runs.notes[0], "4711 (unknown)"));
    facts.age = 4 * one_hour + 1;
    facts.command = "gup-agent run";
    const Finding hangs = only_finding(diagnose_lock, facts);
    CHECK(hangs.check == "lock");
    CHECK(holds(hangs.what, "4711 (gup-agent run)"));
    CHECK_FALSE(holds(hangs.what, "stopped"));
    facts.is_stopped = true;
    const Finding stopped = only_finding(diagnose_lock, facts);
    CHECK(holds(stopped.what, "stopped"));
    CHECK(holds(stopped.hint, "kill -CONT 4711"));
}

TEST_CASE("diagnose_lock: a lock that cannot be read is only a note") {
    const Diagnosis diagnosis = diagnosed(diagnose_lock, LockFacts{{"x", 9 * one_hour, true}, 4711, false});
    CHECK(diagnosis.findings.empty());
    CHECK(diagnosis.notes.size() == 1);
}

TEST_CASE("diagnose_last_run: the bounds themselves are tolerated") {
    const auto findings = [](std::int64_t ago, bool is_always_logged = true) {
        return diagnosed(diagnose_last_run, LastRunFacts{moment, is_always_logged, moment - ago}).findings;
    };
    CHECK(findings(36 * one_hour).empty());
    CHECK(findings(36 * one_hour + 1).size() == 1);
    CHECK(findings(-300).empty());
    REQUIRE(findings(-301).size() == 1);
    CHECK(findings(-301)[0].subject == "clock");
    CHECK(holds(findings(-2 * one_hour, false)[0].what, "2 h 0 min in the future"));
    CHECK(holds(findings(2 * one_day - 1)[0].what, "a night was missed"));
    CHECK(holds(findings(2 * one_day)[0].what, "2 nights were missed"));
    CHECK(findings(2 * one_day)[0].check == "last-run");
}

TEST_CASE("diagnose_last_run: an agent without a finished run gets a note") {
    const Diagnosis diagnosis = diagnosed(diagnose_last_run, LastRunFacts{moment, true, {}});
    CHECK(diagnosis.findings.empty());
    CHECK(diagnosis.notes.size() == 1);
}

TEST_CASE("diagnose_exposure: write access of others to the agent's files, and the command that ends it") {
    const Diagnosis diagnosis = diagnosed(diagnose_exposure, std::vector<Exposure>{{"/a", ExposedBy::everybody, ""},
                                                                                   {"/b", ExposedBy::group, ""},
                                                                                   {"/c", ExposedBy::owner, "bob"}});
    REQUIRE(diagnosis.findings.size() == 3);
    CHECK(holds(diagnosis.findings[0].what, "everybody"));
    CHECK(diagnosis.findings[0].hint == "chmod go-w /a");
    CHECK(holds(diagnosis.findings[1].what, "its group"));
    CHECK(diagnosis.findings[1].hint == "chmod go-w /b");
    CHECK(holds(diagnosis.findings[2].what, "its owner bob"));
    CHECK(diagnosis.findings[2].hint == "chown root:root /c");
    CHECK(diagnosis.findings[2].check == "permissions");
    CHECK(finds_nothing(diagnose_exposure, std::vector<Exposure>{}));
}

TEST_CASE("diagnose_exposure: the rights of a folder of many programs stay") {
    const Diagnosis diagnosis =
        diagnosed(diagnose_exposure, std::vector<Exposure>{{"/tmp", ExposedBy::everybody, "", true},
                                                           {"/opt", ExposedBy::group, "", true},
                                                           {"/srv", ExposedBy::owner, "bob", true}});
    REQUIRE(diagnosis.findings.size() == 3);
    for (const Finding& one : diagnosis.findings) {
        CHECK(!holds(one.hint, "chmod"));
        CHECK(!holds(one.hint, "chown"));
        CHECK(holds(one.hint, "move the agent"));
    }
}

TEST_CASE("diagnose_secret_file: only a secret that all users may read is a finding") {
    CHECK(finds_nothing(diagnose_secret_file, SecretFile{"/s", false, true}));
    CHECK(finds_nothing(diagnose_secret_file, SecretFile{"/s", true, false}));
    const Finding finding = only_finding(diagnose_secret_file, SecretFile{"/s", true, true});
    CHECK(finding.subject == "/s");
    CHECK(holds(finding.hint, "chmod o-rwx /s"));
}

TEST_CASE("diagnose_own_place: a folder that the agent cannot write to keeps its own check and reason") {
    CHECK(finds_nothing(diagnose_own_place, OwnPlace{"log", "/l", "", "no log"}));
    const Finding finding = only_finding(diagnose_own_place, OwnPlace{"log", "/l", "it is read-only", "no log"});
    CHECK(finding.check == "log");
    CHECK(finding.what == "it is read-only");
    CHECK(finding.why == "no log");
    CHECK(holds(finding.hint, "/l"));
}

TEST_CASE("diagnose_journals: a readable one will be recovered, an unreadable one needs a person") {
    const Diagnosis diagnosis =
        diagnosed(diagnose_journals, std::vector<LeftJournal>{{"meter", ""}, {"pump", "line 3 makes no sense"}});
    REQUIRE(diagnosis.findings.size() == 2);
    CHECK(diagnosis.findings[0].subject == "meter");
    CHECK(holds(diagnosis.findings[0].hint, "gup-agent recover"));
    CHECK(holds(diagnosis.findings[1].what, "line 3 makes no sense"));
    CHECK_FALSE(holds(diagnosis.findings[1].hint, "gup-agent recover"));
    CHECK(finds_nothing(diagnose_journals, std::vector<LeftJournal>{}));
}

TEST_CASE("diagnose_self_update: a folder that cannot be written to is a finding if updates are on") {
    CHECK(finds_nothing(diagnose_self_update, SelfUpdateFacts{false, "/opt", false}));
    CHECK(finds_nothing(diagnose_self_update, SelfUpdateFacts{true, "/opt", true}));
    CHECK(only_finding(diagnose_self_update, SelfUpdateFacts{true, "/opt", false}).subject == "/opt");
}

TEST_CASE("diagnose_reboot: a missing program is a finding if reboots are on") {
    CHECK(finds_nothing(diagnose_reboot, RebootFacts{false, "/sbin/reboot", false}));
    CHECK(finds_nothing(diagnose_reboot, RebootFacts{true, "/sbin/reboot", true}));
    CHECK(holds(only_finding(diagnose_reboot, RebootFacts{true, "/sbin/reboot", false}).what, "/sbin/reboot"));
}

TEST_CASE("diagnose_reboot: a plain user is told that the reboot may be refused, once") {
    const RebootFacts facts{true, "/usr/bin/systemctl", true, false};
    Diagnosis diagnosis = diagnosed(diagnose_reboot, facts);
    REQUIRE(diagnosis.notes.size() == 1);
    CHECK(holds(diagnosis.notes[0], "sudo"));
    CHECK(finds_nothing(diagnose_reboot, RebootFacts{true, "sudo", true, false}));
    CHECK(finds_nothing(diagnose_reboot, RebootFacts{false, "systemctl", true, false}));
    CHECK(finds_nothing(diagnose_reboot, RebootFacts{true, "systemctl", true, true}));
    diagnosis = {};
    diagnose_reboot_request({true, false, "now", "Access denied", {"meter"}, false}, diagnosis);
    diagnose_reboot(facts, diagnosis);
    CHECK(diagnosis.notes.empty());
}

TEST_CASE("diagnose_reboot_request: one that did not happen is a finding with its reason and who waits") {
    CHECK(finds_nothing(diagnose_reboot_request, RebootRequestFacts{}));
    CHECK(finds_nothing(diagnose_reboot_request, RebootRequestFacts{true, true, "2026", "", {"meter"}, true}));
    const Finding plain = only_finding(diagnose_reboot_request, RebootRequestFacts{true, false, "2026", "", {}, true});
    CHECK(plain.what == "the reboot requested at 2026 has not happened");
    const Finding failed = only_finding(
        diagnose_reboot_request, RebootRequestFacts{true, false, "2026", "Access denied", {"meter", "pump"}, false});
    CHECK(holds(failed.what, ": Access denied"));
    CHECK(holds(failed.why, "meter and pump"));
    CHECK(holds(failed.hint, "sudo"));
}

}  // namespace gup

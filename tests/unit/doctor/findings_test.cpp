#include <doctest/doctest.h>

#include "doctor/connector_findings.hpp"
#include "doctor/gateway_findings.hpp"

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

}  // namespace

TEST_CASE("diagnose_clock: before the build, and decades after it, it is wrong whatever a remote says") {
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

TEST_CASE("diagnose_clock: an unset clock counts only where no remote told the time") {
    ClockFacts facts = at(built + day);
    facts.sync = TimeSync::not_yet;
    CHECK(clock(facts).size() == 1);
    facts.sync = TimeSync::unknown;
    CHECK(clock(facts).empty());
}

TEST_CASE("diagnose_clock: without a known moment of building, 1970 is not noticed by itself") {
    Diagnosis diagnosis;
    diagnose_clock(at(0), diagnosis);
    CHECK(diagnosis.findings.empty());
}

TEST_CASE("diagnose_space: bytes and inodes are told with both numbers") {
    SpaceFacts facts{"/srv", {"virtualenvs", "log"}, 10U << 20U, 30U << 20U, 100, 500, true, false};
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

TEST_CASE("diagnose_lock: a run that is on is a note, one that hangs a finding") {
    LockFacts facts{4711, "gup-agent run", 60, false, true};
    Diagnosis diagnosis;
    diagnose_lock(facts, diagnosis);
    CHECK(diagnosis.findings.empty());
    REQUIRE(diagnosis.notes.size() == 1);
    CHECK(diagnosis.notes[0].find("4711") != std::string::npos);
    facts.age = 5 * hour;
    diagnose_lock(facts, diagnosis);
    facts.age = 1;
    facts.is_stopped = true;
    diagnose_lock(facts, diagnosis);
    CHECK(diagnosis.findings.size() == 2);
}

TEST_CASE("diagnose_last_run: one night may be missed by the clock's hand, not by a day") {
    const auto findings = [](std::int64_t ago) {
        Diagnosis diagnosis;
        diagnose_last_run({built, true, built - ago}, diagnosis);
        return diagnosis.findings;
    };
    CHECK(findings(26 * hour).empty());
    REQUIRE(findings(40 * hour).size() == 1);
    CHECK(findings(40 * hour)[0].what == "the last run finished 40 h 0 min ago: a night was missed");
    CHECK(findings(3 * day)[0].what == "the last run finished 3 days ago: 3 nights were missed");
    CHECK(findings(-hour).size() == 1);
}

TEST_CASE("diagnose_last_run: an agent that is silent about quiet nights is not missed") {
    Diagnosis diagnosis;
    diagnose_last_run({built, false, built - 9 * day}, diagnosis);
    diagnose_last_run({built, false, {}}, diagnosis);
    CHECK(diagnosis.findings.empty());
    CHECK(diagnosis.notes.empty());
}

TEST_CASE("diagnose_schedulers: who cannot see all crontabs does not claim that there is none") {
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

TEST_CASE("diagnose_schedulers: an unknown cron daemon is none that is missing") {
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
        diagnose_ca_bundle({"/ca.pem", {}, good + expired, unreadable, expired, 0}, diagnosis);
        return diagnosis.findings.size();
    };
    CHECK(findings(140, 3, 2) == 0);
    CHECK(findings(140, 80, 0) == 1);
    CHECK(findings(0, 0, 5) == 1);
    CHECK(findings(0, 0, 0) == 1);
}

TEST_CASE("diagnose_processor: an armv6 build on a newer processor is told that there is a faster one") {
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

TEST_CASE("classify_remote_error: the transports' words are told apart") {
    const auto kind = [](ErrorCode code, const char* message, const char* hint = "") {
        return classify_remote_error({code, message, hint});
    };
    CHECK(kind(ErrorCode::unreachable, "https://a/: Could not resolve host: a") == RemoteTrouble::dns);
    CHECK(kind(ErrorCode::unreachable, "a: ssh: Could not resolve hostname a") == RemoteTrouble::dns);
    CHECK(kind(ErrorCode::unreachable, "https://a/: Could not connect to server") == RemoteTrouble::unreachable);
    CHECK(kind(ErrorCode::timeout, "https://a/: too slow") == RemoteTrouble::unreachable);
    CHECK(kind(ErrorCode::authentication, "a: Host key verification failed.") == RemoteTrouble::host_key);
    CHECK(kind(ErrorCode::authentication, "a: Permission denied (publickey).") == RemoteTrouble::credentials);
    CHECK(kind(ErrorCode::protocol, "https://a/: certificate is expired") == RemoteTrouble::tls);
    CHECK(kind(ErrorCode::not_found, "https://a/x has no refs/heads/main") == RemoteTrouble::branch);
    CHECK(kind(ErrorCode::not_found, "https://a/x answered 404") == RemoteTrouble::repository);
    CHECK(kind(ErrorCode::server, "https://a/x answered 503") == RemoteTrouble::other);
}

TEST_CASE("diagnose_remotes: trouble of a host is told once, trouble of a repository each time") {
    const Error down{ErrorCode::unreachable, "https://a/: Could not connect to server", {}};
    const Error refused{ErrorCode::authentication, "https://a/x: answered 401", "new ones"};
    const std::vector<RemoteAnswer> answers{{"one", "a", down},     {"two", "a", down},     {"three", "b", down},
                                            {"four", "a", refused}, {"five", "a", refused}, {"six", "a", {}}};
    Diagnosis diagnosis;
    diagnose_remotes(answers, 1, diagnosis);
    CHECK(diagnosis.checks == 6);
    REQUIRE(diagnosis.findings.size() == 4);
    CHECK(diagnosis.findings[0].subject == "a (one and two)");
    CHECK(diagnosis.findings[1].subject == "three");
    CHECK(diagnosis.findings[2].hint == "new ones");
}

TEST_CASE("list_text: long lists are cut") {
    CHECK(list_text({}).empty());
    CHECK(list_text({"a"}) == "a");
    CHECK(list_text({"a", "b", "c"}) == "a, b and c");
    CHECK(list_text({"a", "b", "c", "d", "e", "f"}) == "a, b, c, d, e and f");
    CHECK(list_text({"a", "b", "c", "d", "e", "f", "g"}) == "a, b, c, d, e and 2 more");
}

}  // namespace gup

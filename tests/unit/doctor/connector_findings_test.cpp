// SPDX-License-Identifier: Apache-2.0
#include "doctor/connector_findings.hpp"

#include <doctest/doctest.h>

#include "findings_fixture.hpp"

namespace gup {
namespace {

Error trouble(ErrorCode code, Cause cause = Cause::none, const char* hint = "") {
    return {code, "r: it did not work", hint, cause};
}

std::vector<Finding> remote_findings(const std::vector<RemoteAnswer>& answers, std::size_t name_servers = 1) {
    Diagnosis diagnosis;
    diagnose_remotes(answers, name_servers, diagnosis);
    CHECK(diagnosis.checks == static_cast<int>(answers.size()));
    return diagnosis.findings;
}

Gupfile with_a_pin() {
    Gupfile gupfile;
    gupfile.pins = {{"paho-mqtt", "1.6.1", "", 1}};
    return gupfile;
}

ObservedVirtualenv present_virtualenv() {
    ObservedVirtualenv virtualenv;
    virtualenv.present = true;
    virtualenv.path = "/srv/.pyenv/meter";
    virtualenv.python = "/srv/.pyenv/meter/bin/python";
    return virtualenv;
}

std::vector<Finding> virtualenv_findings(const Gupfile& gupfile, const ObservedVirtualenv& virtualenv,
                                         const InstallerFacts& installer = {}) {
    Diagnosis diagnosis;
    diagnose_virtualenv("meter", gupfile, virtualenv, installer, diagnosis);
    CHECK(diagnosis.checks == 1);
    CHECK(diagnosis.notes.empty());
    for (const Finding& finding : diagnosis.findings) CHECK(finding.subject == "meter");
    return diagnosis.findings;
}

std::vector<Finding> access_findings(const AccessFacts& facts) {
    Diagnosis diagnosis;
    diagnose_access("meter", facts, diagnosis);
    CHECK(diagnosis.checks == 1);
    for (const Finding& finding : diagnosis.findings) {
        CHECK(finding.check == "permissions");
        CHECK(finding.subject == "meter");
    }
    return diagnosis.findings;
}

}  // namespace

TEST_CASE("classify_remote_error: code and cause decide the trouble") {
    struct Case {
        ErrorCode code;
        Cause cause;
        RemoteTrouble trouble;
    };
    for (const Case& one : {
             Case{ErrorCode::unreachable, Cause::name_lookup, RemoteTrouble::dns},
             Case{ErrorCode::unreachable, Cause::none, RemoteTrouble::unreachable},
             Case{ErrorCode::timeout, Cause::none, RemoteTrouble::unreachable},
             Case{ErrorCode::authentication, Cause::host_key, RemoteTrouble::host_key},
             Case{ErrorCode::authentication, Cause::unknown_host_key, RemoteTrouble::host_key},
             Case{ErrorCode::authentication, Cause::none, RemoteTrouble::credentials},
             Case{ErrorCode::protocol, Cause::tls, RemoteTrouble::tls},
             Case{ErrorCode::io, Cause::tls, RemoteTrouble::tls},
             Case{ErrorCode::not_found, Cause::missing_branch, RemoteTrouble::branch},
             Case{ErrorCode::not_found, Cause::none, RemoteTrouble::repository},
             Case{ErrorCode::protocol, Cause::none, RemoteTrouble::other},
             Case{ErrorCode::server, Cause::none, RemoteTrouble::other},
         }) {
        CAPTURE(static_cast<int>(one.code));
        CAPTURE(static_cast<int>(one.cause));
        CHECK(classify_remote_error(trouble(one.code, one.cause)) == one.trouble);
    }
}

TEST_CASE("classify_remote_error: the words of a message do not matter") {
    CHECK(classify_remote_error({ErrorCode::failed, "Could not resolve host: certificate of known_hosts", {}}) ==
          RemoteTrouble::other);
}

TEST_CASE("diagnose_remotes: trouble of a host is reported once, trouble of a repository each time") {
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

TEST_CASE("diagnose_remotes: each trouble has its check, and is reported once for a host or each time") {
    struct Case {
        ErrorCode code;
        Cause cause;
        const char* check;
        std::size_t findings;  // of two connectors of one host
    };
    for (const Case& one : {
             Case{ErrorCode::unreachable, Cause::name_lookup, "dns", 1},
             Case{ErrorCode::unreachable, Cause::none, "remote", 1},
             Case{ErrorCode::protocol, Cause::tls, "tls", 1},
             Case{ErrorCode::authentication, Cause::none, "credentials", 2},
             Case{ErrorCode::authentication, Cause::host_key, "host-key", 1},
             Case{ErrorCode::not_found, Cause::missing_branch, "branch", 2},
             Case{ErrorCode::not_found, Cause::none, "remote", 2},
             Case{ErrorCode::failed, Cause::none, "remote", 2},
         }) {
        const Error error = trouble(one.code, one.cause);
        const auto findings = remote_findings({{"one", "h", error}, {"two", "h", error}});
        REQUIRE(findings.size() == one.findings);
        CHECK(findings[0].check == one.check);
        CHECK(findings[0].subject == (one.findings == 1 ? "h (one and two)" : "one"));
        CHECK(findings[0].what == error.message);
        CHECK_FALSE(findings[0].why.empty());
        CHECK_FALSE(findings[0].hint.empty());
        const auto local = remote_findings({{"one", "", error}, {"two", "", error}});
        CHECK(local.size() == 2);
    }
}

TEST_CASE("diagnose_remotes: two troubles of one host are two findings") {
    const auto findings = remote_findings({{"one", "h", trouble(ErrorCode::unreachable, Cause::name_lookup)},
                                           {"two", "h", trouble(ErrorCode::unreachable)},
                                           {"three", "h", trouble(ErrorCode::timeout)},
                                           {"four", "h", {}}});
    REQUIRE(findings.size() == 2);
    CHECK(findings[0].subject == "one");
    CHECK(findings[1].subject == "h (two and three)");
}

TEST_CASE("diagnose_remotes: the transport's hint replaces the general one") {
    CHECK(remote_findings({{"one", "h", trouble(ErrorCode::protocol, Cause::tls, "renew it")}})[0].hint == "renew it");
    CHECK(holds(remote_findings({{"one", "h", trouble(ErrorCode::protocol, Cause::tls)}})[0].hint, "openssl"));
}

TEST_CASE("diagnose_remotes: the hint for a name depends on the name and on the name servers") {
    const auto hint = [](const char* host, std::size_t name_servers) {
        return remote_findings({{"one", host, trouble(ErrorCode::unreachable, Cause::name_lookup, "unused")}},
                               name_servers)[0]
            .hint;
    };
    CHECK(holds(hint("git.example.org", 1), "getent hosts git.example.org"));
    CHECK(holds(hint("git.example.org", 0), "names no name server"));
    CHECK(holds(hint("git.local", 1), "/etc/hosts: <address> git.local"));
    CHECK(holds(hint("git.local", 0), "/etc/hosts"));
}

TEST_CASE("diagnose_code: only code that cannot be followed is a finding, with the plan's words") {
    Diagnosis diagnosis;
    ObservedCode code;
    diagnose_code("meter", {}, code, diagnosis);
    CHECK(diagnosis.findings.empty());
    code.condition = CodeCondition::detached_head;
    diagnose_code("meter", {}, code, diagnosis);
    CHECK(diagnosis.checks == 2);
    REQUIRE(diagnosis.findings.size() == 1);
    CHECK(diagnosis.findings[0].check == "code");
    CHECK(diagnosis.findings[0].subject == "meter");
    CHECK(holds(diagnosis.findings[0].what, "HEAD is detached"));
    CHECK(diagnosis.findings[0].hint == "git switch main");
}

TEST_CASE("diagnose_gupfile: an error is a finding at its place, a warning a note") {
    Gupfile gupfile;
    gupfile.problems = {{Severity::warning, 1, 2, "twice", ""},
                        {Severity::error, 3, 4, "no version", ""},
                        {Severity::error, 5, 6, "no name", "write one"}};
    Diagnosis diagnosis;
    diagnose_gupfile("meter", gupfile, diagnosis);
    CHECK(diagnosis.checks == 1);
    CHECK(diagnosis.notes == std::vector<std::string>{"meter/gupfile:1:2: twice"});
    REQUIRE(diagnosis.findings.size() == 2);
    CHECK(diagnosis.findings[0].check == "gupfile");
    CHECK(diagnosis.findings[0].subject == "meter/gupfile:3:4");
    CHECK(diagnosis.findings[0].what == "no version");
    CHECK_FALSE(diagnosis.findings[0].hint.empty());
    CHECK(diagnosis.findings[1].hint == "write one");
}

TEST_CASE("diagnose_virtualenv: a missing virtualenv is a finding if there are pins and the agent creates none") {
    ObservedVirtualenv missing;
    missing.path = "/srv/.pyenv/meter";
    InstallerFacts installer;
    CHECK(virtualenv_findings({}, missing, installer).empty());
    const auto none = virtualenv_findings(with_a_pin(), missing, installer);
    REQUIRE(none.size() == 1);
    CHECK(none[0].check == "virtualenv");
    CHECK(holds(none[0].hint, "python3 -m venv /srv/.pyenv/meter"));
    installer.creates_virtualenv = true;
    installer.interpreter = "/usr/bin/python3.11";
    CHECK(virtualenv_findings(with_a_pin(), missing, installer).empty());
    installer.has_interpreter = false;
    const auto nothing_to_make_it = virtualenv_findings(with_a_pin(), missing, installer);
    REQUIRE(nothing_to_make_it.size() == 1);
    CHECK(holds(nothing_to_make_it[0].what, "/usr/bin/python3.11"));
}

TEST_CASE("diagnose_virtualenv: a broken virtualenv has only this finding") {
    ObservedVirtualenv broken = present_virtualenv();
    broken.defect = "the interpreter is gone";
    broken.unreadable = {"/x/METADATA"};
    broken.leftovers = {"/x/~paho"};
    InstallerFacts installer;
    installer.is_old = true;
    for (const Gupfile& gupfile : {Gupfile{}, with_a_pin()}) {
        const auto findings = virtualenv_findings(gupfile, broken, installer);
        REQUIRE(findings.size() == 1);
        CHECK(findings[0].check == "virtualenv");
        CHECK(findings[0].what == "the interpreter is gone");
        CHECK(holds(findings[0].hint, "rm -r /srv/.pyenv/meter"));
    }
}

TEST_CASE("diagnose_virtualenv: each file that pip cannot read, and leftovers of an interrupted pip") {
    ObservedVirtualenv virtualenv = present_virtualenv();
    CHECK(virtualenv_findings({}, virtualenv).empty());
    virtualenv.unreadable = {"/x/METADATA", "/y/METADATA"};
    virtualenv.leftovers = {"/x/~paho"};
    auto findings = virtualenv_findings({}, virtualenv);
    REQUIRE(findings.size() == 3);
    CHECK(holds(findings[0].what, "/x/METADATA"));
    CHECK(holds(findings[1].what, "/y/METADATA"));
    CHECK(holds(findings[2].what, "left /x/~paho"));
    virtualenv.unreadable.clear();
    virtualenv.leftovers.emplace_back("/x/~mqtt");
    findings = virtualenv_findings({}, virtualenv);
    REQUIRE(findings.size() == 1);
    CHECK(holds(findings[0].what, "left 2 folders such as /x/~paho"));
}

TEST_CASE("diagnose_virtualenv: an old or missing installer is a finding if there are pins") {
    const ObservedVirtualenv virtualenv = present_virtualenv();
    InstallerFacts installer;
    CHECK(virtualenv_findings(with_a_pin(), virtualenv, installer).empty());
    installer.pip = "9.0.1";
    installer.is_old = true;
    const auto old = virtualenv_findings(with_a_pin(), virtualenv, installer);
    REQUIRE(old.size() == 1);
    CHECK(old[0].check == "pip");
    CHECK(holds(old[0].what, "9.0.1"));
    CHECK(holds(old[0].hint, "/srv/.pyenv/meter/bin/python -m pip install"));
    installer.error = Error{ErrorCode::not_found, "there is no pip", "ensurepip"};
    const auto missing = virtualenv_findings(with_a_pin(), virtualenv, installer);
    REQUIRE(missing.size() == 1);
    CHECK(missing[0].what == "there is no pip");
    CHECK(missing[0].hint == "ensurepip");
    CHECK(virtualenv_findings({}, virtualenv, installer).empty());
}

TEST_CASE("diagnose_held_pins: each with its reason and since when") {
    Diagnosis diagnosis;
    diagnose_held_pins("meter", {{{"paho-mqtt", "1.6.1", "", 1}, "no such version", 1000}}, 1000 + 7200, diagnosis);
    CHECK(diagnosis.checks == 1);
    REQUIRE(diagnosis.findings.size() == 1);
    CHECK(diagnosis.findings[0].check == "held-pin");
    CHECK(holds(diagnosis.findings[0].what, "paho-mqtt==1.6.1"));
    CHECK(holds(diagnosis.findings[0].what, "no such version"));
    CHECK(holds(diagnosis.findings[0].why, "2 h 0 min ago"));
    diagnose_held_pins("meter", {}, 0, diagnosis);
    CHECK(diagnosis.findings.size() == 1);
}

TEST_CASE("diagnose_last_outcome: what went wrong in the last run, unless another finding has it") {
    const auto found = [](ConnectorReport report, Diagnosis diagnosis = {}) {
        report.name = "meter";
        diagnose_last_outcome(report, 0, diagnosis);
        CHECK(diagnosis.checks == 1);
        return diagnosis.findings.empty() || diagnosis.findings.back().check != "last-outcome"
                   ? std::string()
                   : diagnosis.findings.back().what;
    };
    ConnectorReport report;
    for (const Outcome good : {Outcome::unchanged, Outcome::updated, Outcome::skipped, Outcome::deferred}) {
        report.outcome = good;
        report.reason = "for people";
        CHECK(found(report).empty());
    }
    for (const Outcome bad : {Outcome::failed, Outcome::rolled_back, Outcome::blocked}) {
        report.outcome = bad;
        report.reason = "the branch has diverged";
        CHECK(holds(found(report), display(bad) + ": the branch has diverged"));
    }
    Diagnosis told;
    told.find({"code", "meter", "the branch has diverged", "why", "hint"});
    CHECK(found(report, told).empty());
    told.findings.front().subject = "pump";
    CHECK_FALSE(found(report, told).empty());
    report.unreachable = true;  // remotes are asked again
    CHECK(found(report).empty());
    report.unreachable = false;
    report.held_back = {{{"six", "9", "", 1}, "no such version", 0}};
    report.reason = "six==9: no such version";
    CHECK(found(report).empty());
    report.reason += "; the disk is full";
    CHECK_FALSE(found(report).empty());
}

TEST_CASE("diagnose_access: an agent that cannot work as the owner has only this finding") {
    AccessFacts facts;
    facts.owner = "bob";
    facts.acts_as_owner = false;
    facts.temporary = "/tmp";
    const auto findings = access_findings(facts);
    REQUIRE(findings.size() == 1);
    CHECK(holds(findings[0].what, "bob"));
    CHECK(holds(findings[0].hint, "as root, or as bob"));
    facts.owner = "root";
    CHECK_FALSE(holds(access_findings(facts)[0].hint, "or as"));
}

TEST_CASE("diagnose_access: each folder that the owner cannot use") {
    AccessFacts facts;
    facts.owner = "bob";
    CHECK(access_findings(facts).empty());
    facts.temporary = "/tmp";
    facts.unreadable = "/srv/meter/secret";
    facts.unwritable = {"/srv/meter/a", "/srv/meter/b"};
    const auto findings = access_findings(facts);
    REQUIRE(findings.size() == 3);
    CHECK(holds(findings[0].hint, "chmod 1777 /tmp"));
    CHECK(holds(findings[1].hint, "chown -R bob /srv/meter/secret"));
    CHECK(holds(findings[2].what, "/srv/meter/a and /srv/meter/b"));
    CHECK(holds(findings[2].hint, "chown -R bob /srv/meter/a"));
}

}  // namespace gup

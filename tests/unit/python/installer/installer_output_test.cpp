// SPDX-License-Identifier: Apache-2.0
#include "python/installer/installer_output.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

namespace gup {
namespace {

// Shortened output of pip 20.3, 23.0, 24.2 and uv 0.13 for these pins.
const std::vector<Requirement> kPins{{"alpha", "2.0", "", 1},
                                     {"beta", "1.0", "", 2},
                                     {"gitlib", "9", "git+file:///srv/lib", 3},
                                     {"gamma", "1.0", "", 4},
                                     {"cext", "1.0", "", 5}};

// The input of a call for the pins of these names; without a name for all pins.
Verdict verdict_of(const std::string& output, const std::vector<std::string>& names = {}) {
    std::istringstream stream(output);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    std::vector<Requirement> pins;
    for (const Requirement& pin : kPins) {
        if (names.empty() || std::find(names.begin(), names.end(), pin.name) != names.end()) pins.push_back(pin);
    }
    return read_verdict(lines, pins);
}

const char* kind_name(PinFailureKind kind) {
    switch (kind) {
        case PinFailureKind::not_available:
            return "not_available";
        case PinFailureKind::network:
            return "network";
        case PinFailureKind::build:
            return "build";
        case PinFailureKind::conflict:
            return "conflict";
        case PinFailureKind::unknown:
            return "unknown";
        case PinFailureKind::machine:
            return "machine";
    }
    return "";
}

// "alpha:conflict beta:conflict" of a call for all pins, or "all:network".
std::string blamed(const std::string& output) {
    const Verdict verdict = verdict_of(output);
    if (verdict.hopeless) return std::string("all:") + kind_name(verdict.hopeless->kind);
    std::string text;
    for (const Blame& blame : verdict.blames) {
        CHECK_FALSE(blame.reason.empty());
        text += (text.empty() ? "" : " ") + kPins[blame.pin].name + ":" + kind_name(blame.kind);
    }
    return text;
}

// The verdict of a call for that pin alone; a call for all must blame no pin for it.
std::string blamed_alone(const std::string& name, const std::string& output) {
    CHECK(blamed(output).empty());
    const Verdict verdict = verdict_of(output, {name});
    if (verdict.hopeless) return std::string("all:") + kind_name(verdict.hopeless->kind);
    REQUIRE(verdict.blames.size() == 1);
    CHECK(verdict.blames[0].pin == 0);
    CHECK_FALSE(verdict.blames[0].reason.empty());
    return kind_name(verdict.blames[0].kind);
}

}  // namespace

TEST_CASE("read_verdict: a version that the index does not have is that pin's") {
    const std::string output =
        "Looking in links: /w\n"
        "ERROR: Could not find a version that satisfies the requirement alpha==2.0 (from versions: 1.0, 1.1)\n"
        "ERROR: No matching distribution found for alpha==2.0\n";
    CHECK(blamed_alone("alpha", output) == "not_available");
    CHECK(verdict_of(output, {"alpha"}).blames[0].reason ==
          "the index has no distribution of alpha==2.0 (available: 1.0, 1.1)");
}

TEST_CASE("read_verdict: a missing dependency is blamed on the pin that needs it") {
    CHECK(blamed_alone("gamma",
                       "Processing ./w/gamma-1.0-py3-none-any.whl\n"
                       "ERROR: Could not find a version that satisfies the requirement nosuchdep>=3 (from gamma) (from "
                       "versions: none)\n"
                       "ERROR: No matching distribution found for nosuchdep>=3\n") == "not_available");
}

TEST_CASE("read_verdict: a dependency's dependency is its pin's") {
    CHECK(blamed_alone(
              "gamma",
              "Collecting gamma==1.0 (from -r /t/requirements.txt (line 4))\n"
              "Collecting middle (from gamma==1.0->-r /t/requirements.txt (line 4))\n"
              "ERROR: Could not find a version that satisfies the requirement deep>=3 (from middle) (from versions: "
              "none)\n") == "not_available");
}

TEST_CASE("read_verdict: an unreachable index is not the fault of a pin, with any further message of pip") {
    const std::string broken =
        ", connect=None, read=None, redirect=None, status=None)) after connection broken by 'NewConnectionError('<x>: "
        "Failed to "
        "establish a new connection: [Errno 111] Connection refused')': /simple/alpha/\n";
    const std::string rest =
        "ERROR: Could not find a version that satisfies the requirement alpha==2.0 (from versions: 1.0)\n"
        "ERROR: No matching distribution found for alpha==2.0\n";
    CHECK(blamed("WARNING: Retrying (Retry(total=1" + broken + "WARNING: Retrying (Retry(total=0" + broken + rest) ==
          "all:network");
    // A retry that succeeded is not the reason.
    CHECK(blamed_alone("alpha", "WARNING: Retrying (Retry(total=1" + broken + rest) == "not_available");
}

TEST_CASE("read_verdict: certificates, server errors and downloads cut short are the network's too") {
    CHECK(blamed("Could not fetch URL https://x/simple/alpha/: There was a problem confirming the ssl certificate: …\n"
                 "ERROR: No matching distribution found for alpha==2.0\n") == "all:network");
    CHECK(blamed("ERROR: HTTP error 503 while getting https://x/alpha.whl\n") == "all:network");
    CHECK(blamed("pip._vendor.urllib3.exceptions.IncompleteRead: IncompleteRead(1 bytes read, 2 more expected)\n") ==
          "all:network");
    CHECK(blamed("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n") == "all:network");
}

TEST_CASE("read_verdict: a full disk is not the fault of a pin, and is named") {
    const std::string output =
        "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n";
    CHECK(blamed(output) == "all:machine");
    CHECK(verdict_of(output).hopeless->reason == "no space left on the disk");
}

TEST_CASE("read_verdict: a conflict is blamed on the pins that pip names, by line or by name") {
    const std::string output =
        "ERROR: Cannot install -r /t/requirements.txt (line 2) and alpha==2.0 because these package versions have "
        "conflicting dependencies.\n\n"
        "The conflict is caused by:\n    The user requested alpha==2.0\n    beta 1.0 depends on alpha==1.0\n\n"
        "To fix this you could try to:\n1. loosen the range\n\n"
        "ERROR: ResolutionImpossible: for help visit https://pip.pypa.io/\n";
    CHECK(blamed(output) == "alpha:conflict beta:conflict");
    CHECK(verdict_of(output).blames[0].reason.find("beta 1.0 depends on alpha==1.0") != std::string::npos);
}

TEST_CASE("read_verdict: a build that fails is that pin's, with the build's last words") {
    const std::string metadata =
        "Processing ./w/alpha-2.0-py3-none-any.whl\nProcessing ./w/cext-1.0.tar.gz\n"
        "  error: subprocess-exited-with-error\n  \n"
        "  × python setup.py egg_info did not run successfully.\n  │ exit code: 1\n  ╰─> [1 lines of output]\n"
        "      no compiler here\n      [end of output]\n  \n"
        "error: metadata-generation-failed\n\n× Encountered error while generating package metadata.\n╰─> See above "
        "for output.\n";
    CHECK(blamed_alone("cext", metadata) == "build");
    CHECK(verdict_of(metadata, {"cext"}).blames[0].reason == "its build failed: no compiler here");
    CHECK(blamed_alone(
              "cext",
              "  ERROR: Failed building wheel for cext\nERROR: Could not build wheels for cext, which is required "
              "to install "
              "pyproject.toml-based projects\n") == "build");
    CHECK(
        blamed("ERROR: ERROR: Failed to build installable wheels for some pyproject.toml based projects (beta, cext)\n")
            .empty());
    const std::string both =
        "ERROR: Failed to build installable wheels for some pyproject.toml based projects (beta, cext)\n";
    CHECK(blamed_alone("beta", both) == "build");
    CHECK(blamed_alone("cext", both) == "build");
    CHECK(blamed_alone(
              "cext",
              "error: legacy-install-failure\n\n× Encountered error while trying to install package.\n╰─> cext\n") ==
          "build");
}

TEST_CASE("read_verdict: pip 20 discards a source that it cannot build and then reports that there is none") {
    const std::string output =
        "Processing ./w/cext-1.0.tar.gz\n    ERROR: Command errored out with exit status 1:\n    Complete output (1 "
        "lines):\n"
        "    no compiler here\n    ----------------------------------------\n"
        "WARNING: Discarding file:///w/cext-1.0.tar.gz. Command errored out with exit status 1: python setup.py "
        "egg_info\n"
        "ERROR: Could not find a version that satisfies the requirement cext==1.0\n";
    CHECK(blamed_alone("cext", output) == "build");
    CHECK(verdict_of(output, {"cext"}).blames[0].reason == "its build failed: no compiler here");
}

TEST_CASE("read_verdict: missing build tools are the fault of the network or of the pin") {
    const std::string head =
        "Processing ./w/cext-1.0.tar.gz\n  × pip subprocess to install build dependencies did not run "
        "successfully.\n  │ exit code: 1\n  ╰─> [3 lines of output]\n";
    const std::string tail =
        "      ERROR: Could not find a version that satisfies the requirement setuptools>=40.8.0 (from "
        "versions: none)\n      [end of output]\n";
    CHECK(blamed_alone("cext", head + tail) == "build");
    CHECK(blamed(head + "      WARNING: Retrying (Retry(total=0, connect=None)) after connection broken\n" + tail) ==
          "all:network");
}

TEST_CASE("read_verdict: git's messages are about the pin that is cloned") {
    const std::string head = "Collecting gitlib\n  Cloning file:///srv/lib (to revision v9) to /tmp/x\n";
    const std::string tail =
        "  error: subprocess-exited-with-error\n  \n  × git checkout -q v9 did not run successfully.\n";
    const std::string pathspec = head + "  error: pathspec 'v9' did not match any file(s) known to git\n" + tail;
    CHECK(blamed_alone("gitlib", pathspec) == "not_available");
    CHECK(verdict_of(pathspec, {"gitlib"}).blames[0].reason == "its repository has no tag or commit v9");
    CHECK(blamed_alone("gitlib", head + "  fatal: '/srv/lib' does not appear to be a git repository\n" + tail) ==
          "not_available");
    CHECK(blamed_alone("gitlib",
                       head + "  fatal: unable to access 'http://x/': Failed to connect to x port 9 after 0 ms\n" +
                           tail) == "network");
    CHECK(blamed_alone("gitlib", head +
                                     "  fatal: unable to access 'http://x/': The requested URL returned error: 503\n" +
                                     tail) == "network");
    CHECK(blamed_alone("gitlib",
                       head + "  fatal: could not read Username for 'https://x': terminal prompts disabled\n" + tail) ==
          "unknown");
    CHECK(blamed_alone(
              "gitlib",
              head + "  git@x: Permission denied (publickey).\n  fatal: Could not read from remote repository.\n" +
                  tail) == "unknown");
    CHECK(blamed_alone("gitlib", head + "  fatal: something new\n" + tail) == "unknown");
}

TEST_CASE("read_verdict: a source with another distribution is that pin's fault") {
    CHECK(blamed_alone(
              "gitlib",
              "Collecting gitlib\nDiscarding git+file:/srv/lib@v1#egg=gitlib: Requested other from "
              "git+file:/srv/lib@v1 (from -r "
              "/t/requirements.txt (line 3)) has inconsistent name: expected 'gitlib', but metadata has 'other'\n"
              "ERROR: Could not find a version that satisfies the requirement gitlib (unavailable) (from versions: "
              "none)\n") == "not_available");
}

TEST_CASE("read_verdict: requirements that pip does not understand are named by their line") {
    CHECK(blamed_alone(
              "beta",
              "ERROR: Invalid requirement: 'beta==x y': Expected end or semicolon\n    beta==x y\n        ^ (from "
              "line 2 of "
              "/t/requirements.txt)\n") == "not_available");
    CHECK(blamed_alone("gitlib",
                       "ERROR: Exception:\npip._vendor.packaging.version.InvalidVersion: Invalid version: '9'\n") ==
          "not_available");
    CHECK(blamed_alone("gamma", "ERROR: Package 'gamma' requires a different Python: 3.11.2 not in '<3.8'\n") ==
          "not_available");
}

TEST_CASE("read_verdict: uv's errors of an unknown version, name or dependency") {
    const std::string head =
        "Using Python 3.13.0 environment at: v\nerror: No solution found when resolving dependencies\n";
    CHECK(blamed_alone("alpha", head + "  cause: Because there is no version of alpha==2.0 and you require alpha==2.0, "
                                       "we can conclude that your "
                                       "requirements are unsatisfiable.\n") == "not_available");
    CHECK(blamed_alone("beta", head + "  cause: Because beta was not found in the package registry and you require "
                                      "beta==1.0, we can conclude "
                                      "that your requirements are unsatisfiable.\n") == "not_available");
    CHECK(
        blamed_alone(
            "gamma",
            head +
                "  cause: Because nosuchdep was not found in the package registry and gamma>=1.0 depends on "
                "nosuchdep>=3, "
                "we can conclude that gamma>=1.0 cannot be used.\n         And because you require gamma==1.0, we can "
                "conclude that your requirements are unsatisfiable.\n") == "not_available");
    CHECK(
        blamed(head +
               "  cause: Because all versions of beta depend on alpha==1.0 and you require alpha==2.0, we can conclude "
               "that your requirements and all versions of beta are incompatible.\n         And because you require "
               "beta==1.0, we can conclude that your requirements are unsatisfiable.\n") ==
        "alpha:conflict beta:conflict");
}

TEST_CASE("read_verdict: a name that uv does not find is reported") {
    const auto reason = [](const std::string& cause) {
        return verdict_of("error: No solution found when resolving dependencies\n  cause: " + cause, {"alpha"})
            .blames.at(0)
            .reason;
    };
    CHECK(reason("Because there is no version of alpha==2.0 and you require it") ==
          "the index has no matching alpha==2.0");
    CHECK(reason("Because there are no versions of alpha and you require it") == "the index has no matching alpha");
    CHECK(reason("Because nosuchdep was not found in the package registry") == "the index has no matching nosuchdep");
    CHECK(reason("nosuchdep was not found in the cache") == "the index has no matching nosuchdep");
}

TEST_CASE("read_verdict: pip's own words are the reason, without ERROR") {
    const auto reason = [](const std::string& line) { return verdict_of(line, {"alpha"}).blames.at(0).reason; };
    CHECK(reason("ERROR: Cannot uninstall alpha 1.0, RECORD file not found.") ==
          "Cannot uninstall alpha 1.0, RECORD file not found.");
    CHECK(reason("ERROR: No matching distribution found for alpha==2.0") ==
          "No matching distribution found for alpha==2.0");
    CHECK(reason("ERROR: Package 'alpha' requires a different Python: 3.11.2 not in '<3.8'") ==
          "Package 'alpha' requires a different Python: 3.11.2 not in '<3.8'");
    CHECK(reason("Discarding x: Requested alpha from y has inconsistent version: 1.0")
              .ends_with("another package: inconsistent version: 1.0"));
    CHECK(reason("alpha has different name").ends_with("another package: different name"));
}

TEST_CASE("read_verdict: uv's build, git, network and parse errors") {
    CHECK(blamed_alone("cext",
                       "error: Failed to build `cext==1.0`\n  cause: The build backend returned an error\n\n         "
                       "[stderr]\n         no "
                       "compiler here\n\nhint: Build failures usually\n") == "build");
    CHECK(
        blamed_alone(
            "gitlib",
            "   Updating file:///srv/lib (v9)\nerror: Git operation failed\n  cause: process didn't exit successfully: "
            "`/usr/bin/git fetch --force 'file:///srv/lib' '+refs/tags/v9'` (exit status: 128)\n         --- stderr\n"
            "         fatal: couldn't find remote ref refs/tags/v9\n") == "not_available");
    CHECK(blamed_alone(
              "gitlib",
              "error: Failed to download and build `gitlib @ git+file:///srv/lib@v9`\n  cause: process didn't exit "
              "successfully: "
              "`/usr/bin/git fetch 'file:///srv/lib'` (exit status: 128)\n         --- stderr\n         fatal: "
              "unable to access "
              "'http://x/': Failed to connect to x port 9\n") == "network");
    CHECK(blamed("error: Request failed after 2 retries in 2.8s\n  cause: Failed to fetch: http://x/simple/alpha/\n") ==
          "all:network");
    CHECK(blamed_alone(
              "alpha",
              "error: Couldn't parse requirement in `r.txt` at position 0\n  cause: after parsing `3.1.9`, found "
              "`test`, which is "
              "not part of a valid version\n         alpha==3.1.9test\n              ^^^^^^^^^^^\n") ==
          "not_available");
}

TEST_CASE("read_verdict: the versions on the index are reported, of many the last ones") {
    const auto reason = [](const std::string& versions) {
        return verdict_of("ERROR: Could not find a version that satisfies the requirement alpha==2.0 (from versions: " +
                              versions + ")\n",
                          {"alpha"})
            .blames.at(0)
            .reason;
    };
    CHECK(reason("none") == "the index has no distribution of alpha==2.0 for this machine and Python");
    CHECK(reason("") == "the index has no distribution of alpha==2.0");
    std::string versions = "1.00";
    for (int i = 0; i < 9; ++i) versions += ", 1.0" + std::to_string(i);
    versions += ", 1";
    REQUIRE(versions.size() == 61);
    CHECK(reason(versions.substr(0, 60)) ==
          "the index has no distribution of alpha==2.0 (available: " + versions.substr(0, 60) + ")");
    CHECK(reason(versions) == "the index has no distribution of alpha==2.0 (available: …" + versions.substr(4) + ")");
    CHECK(reason(std::string(61, '1')) == "the index has no distribution of alpha==2.0 (available: …)");
}

TEST_CASE("read_verdict: a distribution that cannot be uninstalled, with and without quotes") {
    CHECK(blamed_alone("alpha", "ERROR: Cannot uninstall 'alpha'. It is a distutils installed project.\n") ==
          "unknown");
    CHECK(blamed_alone("alpha", "ERROR: Cannot uninstall alpha 1.0, RECORD file not found.\n") == "unknown");
}

TEST_CASE("read_verdict: a conflict of three, and one without a cause") {
    const std::string head = "ERROR: Cannot install alpha==2.0, beta==1.0 and gamma==1.0 because these conflict.\n";
    CHECK(blamed(head) == "alpha:conflict beta:conflict gamma:conflict");
    CHECK(verdict_of(head).blames[0].reason ==
          "its dependencies conflict with those of another pin: pip names no cause");
    CHECK(verdict_of(head + "The conflict is caused by:\n    alpha wants x\n    beta wants y\nend\n    not this\n")
              .blames[0]
              .reason == "its dependencies conflict with those of another pin: alpha wants x, beta wants y");
}

TEST_CASE("read_verdict: output that blames no pin") {
    CHECK(blamed("").empty());
    CHECK(blamed("Killed\n").empty());
}

}  // namespace gup

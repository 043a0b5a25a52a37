#include "python/installer/installer_output.hpp"

#include <doctest/doctest.h>

#include <sstream>

namespace gup {
namespace {

// What pip 20.3, 23.0, 24.2 and uv 0.13 printed for these very pins, shortened.
const std::vector<Requirement> kPins{{"alpha", "2.0", "", 1},
                                     {"beta", "1.0", "", 2},
                                     {"gitlib", "9", "git+file:///srv/lib", 3},
                                     {"gamma", "1.0", "", 4},
                                     {"cext", "1.0", "", 5}};

Verdict verdict_of(const std::string& output) {
    std::istringstream stream(output);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return read_verdict(lines, kPins);
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

// "alpha:not_available beta:conflict", or "all:network".
std::string blamed(const std::string& output) {
    const Verdict verdict = verdict_of(output);
    if (verdict.hopeless) return std::string("all:") + kind_name(verdict.kind);
    std::string text;
    for (const Blame& blame : verdict.blames) {
        CHECK_FALSE(blame.reason.empty());
        text += (text.empty() ? "" : " ") + kPins[blame.pin].name + ":" + kind_name(blame.kind);
    }
    return text;
}

}  // namespace

TEST_CASE("read_verdict: a version that the index does not have is that pin's") {
    const std::string output =
        "Looking in links: /w\n"
        "ERROR: Could not find a version that satisfies the requirement alpha==2.0 (from versions: 1.0, 1.1)\n"
        "ERROR: No matching distribution found for alpha==2.0\n";
    CHECK(blamed(output) == "alpha:not_available");
    CHECK(verdict_of(output).blames[0].reason == "no distribution of alpha==2.0 is on the index (there are: 1.0, 1.1)");
}

TEST_CASE("read_verdict: a dependency that is not there is blamed on the pin that needs it") {
    CHECK(blamed("Processing ./w/gamma-1.0-py3-none-any.whl\n"
                 "ERROR: Could not find a version that satisfies the requirement nosuchdep>=3 (from gamma) (from "
                 "versions: none)\n"
                 "ERROR: No matching distribution found for nosuchdep>=3\n") == "gamma:not_available");
}

TEST_CASE("read_verdict: a dependency's dependency is traced back to its pin") {
    CHECK(blamed("Collecting gamma==1.0 (from -r /t/requirements.txt (line 4))\n"
                 "Collecting middle (from gamma==1.0->-r /t/requirements.txt (line 4))\n"
                 "ERROR: Could not find a version that satisfies the requirement deep>=3 (from middle) (from versions: "
                 "none)\n") == "gamma:not_available");
}

TEST_CASE("read_verdict: an index that cannot be reached is nobody's fault, whatever pip says after it") {
    const std::string broken =
        ", connect=None, read=None, redirect=None, status=None)) after connection broken by 'NewConnectionError('<x>: "
        "Failed to "
        "establish a new connection: [Errno 111] Connection refused')': /simple/alpha/\n";
    const std::string rest =
        "ERROR: Could not find a version that satisfies the requirement alpha==2.0 (from versions: 1.0)\n"
        "ERROR: No matching distribution found for alpha==2.0\n";
    CHECK(blamed("WARNING: Retrying (Retry(total=1" + broken + "WARNING: Retrying (Retry(total=0" + broken + rest) ==
          "all:network");
    // One retry that helped is no reason.
    CHECK(blamed("WARNING: Retrying (Retry(total=1" + broken + rest) == "alpha:not_available");
}

TEST_CASE("read_verdict: certificates, server errors and downloads cut short are the network's too") {
    CHECK(blamed("Could not fetch URL https://x/simple/alpha/: There was a problem confirming the ssl certificate: …\n"
                 "ERROR: No matching distribution found for alpha==2.0\n") == "all:network");
    CHECK(blamed("ERROR: HTTP error 503 while getting https://x/alpha.whl\n") == "all:network");
    CHECK(blamed("pip._vendor.urllib3.exceptions.IncompleteRead: IncompleteRead(1 bytes read, 2 more expected)\n") ==
          "all:network");
    CHECK(blamed("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n") == "all:network");
}

TEST_CASE("read_verdict: no space is nobody's fault, and says so") {
    const std::string output =
        "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n";
    CHECK(blamed(output) == "all:machine");
    CHECK(verdict_of(output).reason == "no space left on the disk");
}

TEST_CASE("read_verdict: a conflict is blamed on the pins that pip names, by line or by name") {
    const std::string output =
        "ERROR: Cannot install -r /t/requirements.txt (line 2) and alpha==2.0 because these package versions have "
        "conflicting dependencies.\n\n"
        "The conflict is caused by:\n    The user requested alpha==2.0\n    beta 1.0 depends on alpha==1.0\n\n"
        "To fix this you could try to:\n1. loosen the range\n\n"
        "ERROR: ResolutionImpossible: for help visit https://pip.pypa.io/\n";
    CHECK(blamed(output) == "beta:conflict alpha:conflict");
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
    CHECK(blamed(metadata) == "cext:build");
    CHECK(verdict_of(metadata).blames[0].reason == "its build failed: no compiler here");
    CHECK(blamed("  ERROR: Failed building wheel for cext\nERROR: Could not build wheels for cext, which is required "
                 "to install "
                 "pyproject.toml-based projects\n") == "cext:build");
    CHECK(
        blamed("ERROR: ERROR: Failed to build installable wheels for some pyproject.toml based projects (beta, cext)\n")
            .empty());
    CHECK(blamed("ERROR: Failed to build installable wheels for some pyproject.toml based projects (beta, cext)\n") ==
          "beta:build cext:build");
    CHECK(blamed("error: legacy-install-failure\n\n× Encountered error while trying to install package.\n╰─> cext\n") ==
          "cext:build");
}

TEST_CASE("read_verdict: pip 20 discards what it cannot build and then says that there is none") {
    const std::string output =
        "Processing ./w/cext-1.0.tar.gz\n    ERROR: Command errored out with exit status 1:\n    Complete output (1 "
        "lines):\n"
        "    no compiler here\n    ----------------------------------------\n"
        "WARNING: Discarding file:///w/cext-1.0.tar.gz. Command errored out with exit status 1: python setup.py "
        "egg_info\n"
        "ERROR: Could not find a version that satisfies the requirement cext==1.0\n";
    CHECK(blamed(output) == "cext:build");
    CHECK(verdict_of(output).blames[0].reason == "its build failed: no compiler here");
}

TEST_CASE("read_verdict: build tools that cannot be had are the network's or the pin's") {
    const std::string head =
        "Processing ./w/cext-1.0.tar.gz\n  × pip subprocess to install build dependencies did not run "
        "successfully.\n  │ exit code: 1\n  ╰─> [3 lines of output]\n";
    const std::string tail =
        "      ERROR: Could not find a version that satisfies the requirement setuptools>=40.8.0 (from "
        "versions: none)\n      [end of output]\n";
    CHECK(blamed(head + tail) == "cext:build");
    CHECK(blamed(head + "      WARNING: Retrying (Retry(total=0, connect=None)) after connection broken\n" + tail) ==
          "all:network");
}

TEST_CASE("read_verdict: git's words are about the pin that is being cloned") {
    const std::string head = "Collecting gitlib\n  Cloning file:///srv/lib (to revision v9) to /tmp/x\n";
    const std::string tail =
        "  error: subprocess-exited-with-error\n  \n  × git checkout -q v9 did not run successfully.\n";
    const std::string pathspec = head + "  error: pathspec 'v9' did not match any file(s) known to git\n" + tail;
    CHECK(blamed(pathspec) == "gitlib:not_available");
    CHECK(verdict_of(pathspec).blames[0].reason == "its repository has no tag or commit v9");
    CHECK(blamed(head + "  fatal: '/srv/lib' does not appear to be a git repository\n" + tail) ==
          "gitlib:not_available");
    CHECK(blamed(head + "  fatal: unable to access 'http://x/': Failed to connect to x port 9 after 0 ms\n" + tail) ==
          "gitlib:network");
    CHECK(blamed(head + "  fatal: unable to access 'http://x/': The requested URL returned error: 503\n" + tail) ==
          "gitlib:network");
    CHECK(blamed(head + "  fatal: could not read Username for 'https://x': terminal prompts disabled\n" + tail) ==
          "gitlib:unknown");
    CHECK(blamed(head + "  git@x: Permission denied (publickey).\n  fatal: Could not read from remote repository.\n" +
                 tail) == "gitlib:unknown");
    CHECK(blamed(head + "  fatal: something new\n" + tail) == "gitlib:unknown");
}

TEST_CASE("read_verdict: a source that holds another distribution is that pin's") {
    CHECK(blamed("Collecting gitlib\nDiscarding git+file:/srv/lib@v1#egg=gitlib: Requested other from "
                 "git+file:/srv/lib@v1 (from -r "
                 "/t/requirements.txt (line 3)) has inconsistent name: expected 'gitlib', but metadata has 'other'\n"
                 "ERROR: Could not find a version that satisfies the requirement gitlib (unavailable) (from versions: "
                 "none)\n") == "gitlib:not_available");
}

TEST_CASE("read_verdict: requirements that pip does not understand are named by their line") {
    CHECK(blamed("ERROR: Invalid requirement: 'beta==x y': Expected end or semicolon\n    beta==x y\n        ^ (from "
                 "line 2 of "
                 "/t/requirements.txt)\n") == "beta:not_available");
    CHECK(blamed("ERROR: Exception:\npip._vendor.packaging.version.InvalidVersion: Invalid version: '9'\n") ==
          "gitlib:not_available");
    CHECK(blamed("ERROR: Package 'gamma' requires a different Python: 3.11.2 not in '<3.8'\n") ==
          "gamma:not_available");
}

TEST_CASE("read_verdict: uv says that there is no such version, name or dependency") {
    const std::string head =
        "Using Python 3.13.0 environment at: v\nerror: No solution found when resolving dependencies\n";
    CHECK(
        blamed(
            head +
            "  cause: Because there is no version of alpha==2.0 and you require alpha==2.0, we can conclude that your "
            "requirements are unsatisfiable.\n") == "alpha:not_available");
    CHECK(
        blamed(head +
               "  cause: Because beta was not found in the package registry and you require beta==1.0, we can conclude "
               "that your requirements are unsatisfiable.\n") == "beta:not_available");
    CHECK(
        blamed(
            head +
            "  cause: Because nosuchdep was not found in the package registry and gamma>=1.0 depends on nosuchdep>=3, "
            "we can conclude that gamma>=1.0 cannot be used.\n         And because you require gamma==1.0, we can "
            "conclude that your requirements are unsatisfiable.\n") == "gamma:not_available");
    CHECK(
        blamed(head +
               "  cause: Because all versions of beta depend on alpha==1.0 and you require alpha==2.0, we can conclude "
               "that your requirements and all versions of beta are incompatible.\n         And because you require "
               "beta==1.0, we can conclude that your requirements are unsatisfiable.\n") ==
        "alpha:conflict beta:conflict");
}

TEST_CASE("read_verdict: uv's build, git, network and parse errors") {
    CHECK(blamed("error: Failed to build `cext==1.0`\n  cause: The build backend returned an error\n\n         "
                 "[stderr]\n         no "
                 "compiler here\n\nhint: Build failures usually\n") == "cext:build");
    CHECK(
        blamed(
            "   Updating file:///srv/lib (v9)\nerror: Git operation failed\n  cause: process didn't exit successfully: "
            "`/usr/bin/git fetch --force 'file:///srv/lib' '+refs/tags/v9'` (exit status: 128)\n         --- stderr\n"
            "         fatal: couldn't find remote ref refs/tags/v9\n") == "gitlib:not_available");
    CHECK(blamed("error: Failed to download and build `gitlib @ git+file:///srv/lib@v9`\n  cause: process didn't exit "
                 "successfully: "
                 "`/usr/bin/git fetch 'file:///srv/lib'` (exit status: 128)\n         --- stderr\n         fatal: "
                 "unable to access "
                 "'http://x/': Failed to connect to x port 9\n") == "gitlib:network");
    CHECK(blamed("error: Request failed after 2 retries in 2.8s\n  cause: Failed to fetch: http://x/simple/alpha/\n") ==
          "all:network");
    CHECK(blamed("error: Couldn't parse requirement in `r.txt` at position 0\n  cause: after parsing `3.1.9`, found "
                 "`test`, which is "
                 "not part of a valid version\n         alpha==3.1.9test\n              ^^^^^^^^^^^\n") ==
          "alpha:not_available");
}

TEST_CASE("read_verdict: output that blames nobody") {
    CHECK(blamed("").empty());
    CHECK(blamed("Killed\n").empty());
}

}  // namespace gup

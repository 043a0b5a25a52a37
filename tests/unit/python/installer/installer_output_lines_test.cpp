// SPDX-License-Identifier: Apache-2.0
#include "python/installer/installer_output.hpp"

#include <doctest/doctest.h>

#include <string>

namespace gup {

TEST_CASE("read_hopeless: an error that stops all pins, with its cause") {
    struct Case {
        const char* line;
        PinFailureKind kind;
        const char* reason;
    };
    for (const Case& one : {
             Case{"OSError: [Errno 28] No space left on device", PinFailureKind::machine, "no space left"},
             Case{"error: Disk quota exceeded (os error 122)", PinFailureKind::machine, "no space left"},
             Case{"OSError: [Errno 5] Input/output error", PinFailureKind::machine, "[Errno 5]"},
             Case{"OSError: [Errno 30] Read-only file system: '/x'", PinFailureKind::machine, "read-only"},
             Case{"ERROR: Could not install: [Errno 13] Permission denied: '/x'", PinFailureKind::unknown,
                  "Permission denied: '/x'"},
             Case{"WARNING: Retrying (Retry(total=0, connect=None)) after connection broken", PinFailureKind::network,
                  "cannot be reached"},
             Case{"  Max retries exceeded with url: /simple", PinFailureKind::network, "reached: Max retries"},
             Case{"HTTP error 503 while getting x", PinFailureKind::network, "HTTP error 503"},
             Case{"500 Server Error: x", PinFailureKind::network, "500 Server Error"},
             Case{"502 Server Error: x", PinFailureKind::network, "502"},
             Case{"504 Server Error: x", PinFailureKind::network, "504"},
             Case{"429 Client Error: Too Many Requests", PinFailureKind::network, "429"},
             Case{"dns error: failed to lookup address", PinFailureKind::network, "dns error"},
         }) {
        CAPTURE(one.line);
        const auto hopeless = read_hopeless(one.line);
        REQUIRE(hopeless.has_value());
        CHECK(hopeless->kind == one.kind);
        CHECK(hopeless->reason.find(one.reason) != std::string::npos);
    }
}

TEST_CASE("is_told_warning: a yanked release and distributions that do not fit, of pip and uv, nothing else") {
    for (const char* line :
         {"WARNING: The candidate selected for download or install is a yanked version: 'attrs' candidate (version "
          "21.1.0)",
          "warning: `attrs==21.1.0` is yanked (reason: \"broken\")",
          "requests 2.31.0 requires urllib3<3,>=1.21.1, but you have urllib3 1.20 which is incompatible.",
          "foo 1.0 requires bar, which is not installed."}) {
        CHECK_MESSAGE(is_told_warning(line), line);
    }
    CHECK_FALSE(is_told_warning("WARNING: Running pip as the 'root' user can result in broken permissions"));
    CHECK(is_reason_of_yanking("Reason for being yanked: It has a hole"));
    CHECK_FALSE(is_reason_of_yanking("Successfully installed attrs-21.1.0"));
}

TEST_CASE("read_hopeless: required hashes stop all pins") {
    for (const char* line : {"ERROR: Hashes are required in --require-hashes mode, but they are missing from some",
                             "error: In `--require-hashes` mode, all requirements must have a hash",
                             "ERROR: Can't verify hashes for these requirements because we don't have a way to hash "
                             "version control repositories:"}) {
        const auto cause = read_hopeless(line);
        REQUIRE_MESSAGE(cause.has_value(), line);
        CHECK(cause->reason.find("wants a hash") != std::string::npos);
    }
}

TEST_CASE("read_hopeless: a retry that is not the last, git's words and a refusal of one file decide nothing") {
    for (const char* line : {"WARNING: Retrying (Retry(total=1, connect=None)) after ConnectTimeoutError",
                             "fatal: unable to access 'https://h/': Name or service not known",
                             "ssh: Could not resolve hostname h: Name or service not known",
                             "  [Errno 13] Permission denied: '/x'", "ERROR: Permission denied: '/x'",
                             "ERROR: 404 Client Error: Not Found", "501 Server Error: x", "Collecting paho-mqtt", ""}) {
        CHECK_MESSAGE(!read_hopeless(line).has_value(), line);
    }
}

TEST_CASE("read_hopeless: a reason is at most 200 letters of the line") {
    const std::string line = "IncompleteRead " + std::string(300, 'x');
    const std::string head = "the package index cannot be reached: ";
    CHECK(read_hopeless(line)->reason == head + line.substr(0, 200));
    const std::string broken = "Input/output error " + std::string(300, 'x');
    CHECK(read_hopeless(broken)->reason == broken.substr(0, 200));
}

TEST_CASE("read_git_failure: messages of git and ssh about one repository") {
    struct Case {
        const char* line;
        PinFailureKind kind;
        const char* reason;
    };
    for (const Case& one : {
             Case{"error: pathspec 'v9' did not match any file(s) known to git", PinFailureKind::not_available,
                  "no tag or commit v9"},
             Case{"fatal: couldn't find remote ref v9", PinFailureKind::not_available, "no such revision"},
             Case{"fatal: Remote branch v9 not found in upstream origin", PinFailureKind::not_available,
                  "no such revision"},
             Case{"error: Server does not allow request for unadvertised object: not our ref x",
                  PinFailureKind::not_available, "no such revision"},
             Case{"fatal: unable to access 'https://h/': Could not resolve host: h", PinFailureKind::network,
                  "cannot be reached"},
             Case{"ssh: connect to host h port 22: Connection refused", PinFailureKind::network, "cannot be reached"},
             Case{"kex_exchange_identification: Connection closed by remote host", PinFailureKind::network,
                  "cannot be reached"},
             Case{"Connection closed by 10.0.0.1 port 22", PinFailureKind::network, "cannot be reached"},
             Case{"error: RPC failed; curl 56", PinFailureKind::network, "cannot be reached"},
             Case{"fatal: could not read Username for 'https://h'", PinFailureKind::unknown, "refused the credentials"},
             Case{"git@h: Permission denied (publickey).", PinFailureKind::unknown, "refused the credentials"},
             Case{"Host key verification failed.", PinFailureKind::unknown, "refused the credentials"},
             Case{"fatal: '/x' does not appear to be a git repository", PinFailureKind::not_available, "is not there"},
             Case{"ERROR: Repository not found.", PinFailureKind::not_available, "is not there"},
             Case{"remote: Repository not found.", PinFailureKind::not_available, "is not there"},
             Case{"fatal: repository 'https://h/x/' not found", PinFailureKind::not_available, "is not there"},
             Case{"  fatal: repository 'https://h/x/' not found  ", PinFailureKind::not_available, "is not there"},
         }) {
        CAPTURE(one.line);
        const auto failure = read_git_failure(one.line);
        REQUIRE(failure.has_value());
        CHECK(failure->kind == one.kind);
        CHECK(failure->reason.find(one.reason) != std::string::npos);
    }
}

TEST_CASE("read_git_failure: other programs' words are not git's, and most of git's say nothing") {
    for (const char* line : {"Could not resolve host: h", "Connection refused", "Collecting lib", "",
                             "fatal: not a git command", "remote: Counting objects: 3", "ERROR: Permission denied"}) {
        CHECK_MESSAGE(!read_git_failure(line).has_value(), line);
    }
    CHECK(read_git_failure("error: pathspec 'v9")->reason == "its repository has no tag or commit ");
}

}  // namespace gup

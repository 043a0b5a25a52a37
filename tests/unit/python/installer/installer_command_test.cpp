// SPDX-License-Identifier: Apache-2.0
#include "python/installer/installer_command.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>

#include "python/installer/pip_config.hpp"
#include "python/installer/requirement_line.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/environment.hpp"

namespace gup {
namespace {

InstallRequest git_request(const std::string& source, const std::string& revision) {
    return {{"client-lib", "5.0.0", source, 1}, revision, false};
}

const InstallerTool kPip{false, "/v/bin/python", {23, 0}};
const InstallerTool kOldPip{false, "/v/bin/python", {9, 0}};
const InstallerTool kUv{true, "/opt/uv", {}};

std::string line_of(const InstallRequest& request, const InstallerTool& tool = kPip) {
    return requirement_line(request, tool, InstallMode::ordinary).text;
}

bool has(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

ObservedVirtualenv virtualenv_v() {
    ObservedVirtualenv virtualenv;
    virtualenv.path = "/v";
    virtualenv.python = "/v/bin/python";
    return virtualenv;
}

ProcessRequest process_of(const InstallerTool& tool) {
    InstallerSettings settings;
    settings.home = "/home/bob";
    return installer_process(tool, virtualenv_v(), settings, {"/tmp/x", "/tmp/x/requirements.txt", {}});
}

std::string set_in(const ProcessRequest& process, const std::string& name) {
    for (const auto& [key, value] : process.set_env) {
        if (key == name) return value;
    }
    return {};
}

}  // namespace

TEST_CASE("parse_pip_version: the first two numbers") {
    CHECK(parse_pip_version("23.0.1") == PipVersion{23, 0});
    CHECK(parse_pip_version("9.1") == PipVersion{9, 1});
    CHECK(parse_pip_version("24") == PipVersion{24, 0});
    CHECK(parse_pip_version("").major == 0);
}

TEST_CASE("requirement_line: a pin from the index, even if it is not a PEP 440 version") {
    CHECK(line_of({{"paho-mqtt", "1.3.1", "", 1}, "", false}) == "paho-mqtt==1.3.1");
    CHECK(line_of({{"lib", "3.1.9test", "", 1}, "", false}) == "lib===3.1.9test");
}

TEST_CASE("requirement_line: a git source with its revision, in the form for this pip") {
    const auto request = git_request("git+https://x.org/lib.git#egg=lib", "v5.0.0");
    CHECK(line_of(request) == "client-lib @ git+https://x.org/lib.git@v5.0.0");
    CHECK(line_of(request, kUv) == "client-lib @ git+https://x.org/lib.git@v5.0.0");
    CHECK(line_of(request, kOldPip) == "git+https://x.org/lib.git@v5.0.0#egg=client-lib");
    CHECK(line_of(git_request("git+https://x.org/lib.git", "")) == "client-lib @ git+https://x.org/lib.git@5.0.0");
    CHECK(line_of(git_request("git+https://x.org/lib.git#subdirectory=python", "v1")) ==
          "client-lib @ git+https://x.org/lib.git@v1#subdirectory=python");
}

TEST_CASE("requirement_line: the form changes with pip 19.1") {
    const auto request = git_request("git+https://x.org/lib.git", "v1");
    const auto with_pip = [&](PipVersion version) { return line_of(request, {false, "/v/bin/python", version}); };
    CHECK(with_pip({19, 0}) == "git+https://x.org/lib.git@v1#egg=client-lib");
    CHECK(with_pip({18, 9}) == "git+https://x.org/lib.git@v1#egg=client-lib");
    CHECK(with_pip({19, 1}) == "client-lib @ git+https://x.org/lib.git@v1");
    CHECK(with_pip({20, 0}) == "client-lib @ git+https://x.org/lib.git@v1");
}

TEST_CASE("requirement_line: a subdirectory is possible in every form") {
    const auto request = git_request("git+file:///srv/lib#egg=x&subdirectory=python&other=1", "v1");
    CHECK(line_of(request) == "git+file:///srv/lib@v1#egg=client-lib&subdirectory=python");
    CHECK(line_of(request, kUv) == "client-lib @ git+file:///srv/lib@v1#subdirectory=python");
    CHECK(line_of(git_request("git+https://x.org/lib.git#egg=x", "v1")) == "client-lib @ git+https://x.org/lib.git@v1");
}

TEST_CASE("requirement_line: a pin that an earlier call has installed is named without its version") {
    const auto request = git_request("git+https://bob:s3cret@x.org/lib.git", "v1");
    const RequirementLine line = requirement_line(request, kPip, InstallMode::satisfied);
    CHECK(line.text == "client-lib");
    CHECK(line.credentials.empty());
}

TEST_CASE("requirement_line: a file URL is given as pip of every version understands it") {
    CHECK(line_of(git_request("git+file:///srv/lib", "v1")) == "git+file:///srv/lib@v1#egg=client-lib");
    CHECK(line_of(git_request("git+/srv/lib", "v1")) == "git+file:///srv/lib@v1#egg=client-lib");
    CHECK(line_of(git_request("git+file:///srv/lib", "v1"), kUv) == "client-lib @ git+file:///srv/lib@v1");
}

TEST_CASE("requirement_line: a password is removed, because git asks for it") {
    const auto line =
        requirement_line(git_request("git+https://bob:s3cret@x.org:8443/lib.git", "v1"), kPip, InstallMode::ordinary);
    CHECK(line.text == "client-lib @ git+https://bob@x.org:8443/lib.git@v1");
    REQUIRE(line.credentials.size() == 1);
    CHECK(line.credentials[0].place == "https://x.org:8443");
    CHECK(line.credentials[0].password.reveal() == "s3cret");
    const auto token =
        requirement_line(git_request("git+https://t0ken@x.org/lib.git", "v1"), kPip, InstallMode::ordinary);
    CHECK(token.text == "client-lib @ git+https://x.org/lib.git@v1");
    const auto ssh = requirement_line(git_request("git+ssh://git@x.org/lib.git", "v1"), kPip, InstallMode::ordinary);
    CHECK(ssh.text == "client-lib @ git+ssh://git@x.org/lib.git@v1");
    CHECK(ssh.credentials.empty());
}

TEST_CASE("askpass_script: answers for its places, exactly, and for no other") {
    const auto folder = TemporaryFolder::make();
    REQUIRE(folder.ok());
    const fs::path script = folder->path() / "askpass";
    const std::vector<GitCredential> credentials{{"https://x.org", "bo b", Secret("it's $HOME")},
                                                 {"https://y.org:8443", "tok", Secret("")}};
    REQUIRE(write_file_atomically(script, askpass_script(credentials), 0700).ok());
    const auto ask = [&](const std::string& question) {
        ProcessRequest request;
        request.argv = {script.string(), question};
        const auto ended = run_process(request);
        REQUIRE(ended.ok());
        return std::to_string(ended->exit_code) + ":" + ended->out;
    };
    CHECK(ask("Username for 'https://x.org': ") == "0:bo b\n");
    CHECK(ask("Password for 'https://bo%20b@x.org': ") == "0:it's $HOME\n");
    CHECK(ask("Password for 'https://eve@x.org': ") == "1:");
    CHECK(ask("Username for 'https://x.org.evil': ") == "1:");
    CHECK(ask("Username for 'https://y.org:8443': ") == "0:tok\n");
    CHECK(ask("Password for 'https://tok@y.org:8443': ") == "0:\n");
}

TEST_CASE("installer_process: pip's options are those that its version knows") {
    const auto process = process_of(kPip);
    CHECK(process.argv.front() == "/v/bin/python");
    CHECK(process.argv.back() == "/tmp/x/requirements.txt");
    CHECK(has(process.unset_env, "PYTHONPATH"));
    CHECK(set_in(process, "PIP_REQUIRE_VIRTUALENV") == "1");
    CHECK(set_in(process, "GIT_TERMINAL_PROMPT") == "0");
    CHECK(set_in(process, "TMPDIR") == "/tmp/x");
    CHECK(set_in(process, "HOME") == "/home/bob");
    CHECK(set_in(process, "GIT_ASKPASS").empty());
    CHECK(set_in(process, "UV_PYTHON_DOWNLOADS").empty());
    CHECK(process.folder == "/tmp/x");
    struct Row {
        PipVersion version;
        bool colours;
        bool binaries;
    };
    for (const Row& row :
         {Row{{9, 9}, false, false}, Row{{10, 0}, true, false}, Row{{17, 9}, true, false}, Row{{18, 0}, true, true}}) {
        CAPTURE(row.version.major);
        const auto argv = process_of({false, "/v/bin/python", row.version}).argv;
        CHECK(has(argv, "--no-color") == row.colours);
        CHECK(has(argv, "--prefer-binary") == row.binaries);
        CHECK(has(argv, "--no-input"));
    }
}

TEST_CASE("installer_process: uv gets the interpreter, and downloads no Python") {
    const auto process = process_of(kUv);
    CHECK(process.argv.front() == "/opt/uv");
    CHECK(has(process.argv, "/v/bin/python"));
    CHECK(process.argv.back() == "/tmp/x/requirements.txt");
    CHECK(set_in(process, "UV_PYTHON_DOWNLOADS") == "never");
    CHECK(set_in(process, "NO_COLOR") == "1");
    CHECK(set_in(process, "PIP_REQUIRE_VIRTUALENV").empty());
}

TEST_CASE("installer_process: git's questions are answered by the script, if there is one") {
    InstallerSettings settings;
    const CallFiles files{"/tmp/x", "/tmp/x/requirements.txt", "/tmp/x/askpass"};
    const auto process = installer_process(kPip, virtualenv_v(), settings, files);
    CHECK(set_in(process, "GIT_ASKPASS") == "/tmp/x/askpass");
    CHECK(set_in(process, "HOME").empty());
}

TEST_CASE("misleading_variables: work for another user does not use this user's folders") {
    CHECK(has(misleading_variables("/home/bob"), "XDG_CONFIG_HOME"));
    CHECK(has(misleading_variables("/home/bob"), "PYTHONPATH"));
    for (const std::string& own : {std::string(), environment_value("HOME")}) {
        CHECK_FALSE(has(misleading_variables(own), "XDG_CONFIG_HOME"));
        CHECK(has(misleading_variables(own), "PYTHONPATH"));
    }
}

TEST_CASE("choose_installer: uv if it exists and is allowed, else pip, else an error with a hint") {
    const auto folder = TemporaryFolder::make();
    REQUIRE(folder.ok());
    const fs::path uv = folder->path() / "uv";
    ObservedVirtualenv virtualenv = virtualenv_v();
    InstallerSettings settings;
    settings.uv_path = uv;
    CHECK(choose_installer(virtualenv, settings).error().code == ErrorCode::not_found);
    CHECK(choose_installer(virtualenv, settings).error().hint == "/v/bin/python -m ensurepip");
    virtualenv.distributions.push_back({});
    virtualenv.distributions.back().name = "pip";
    virtualenv.distributions.back().version = "24.2";
    REQUIRE(choose_installer(virtualenv, settings).ok());
    CHECK(choose_installer(virtualenv, settings)->pip == PipVersion{24, 2});
    REQUIRE(write_file_atomically(uv, "#!/bin/sh\n", 0755).ok());
    CHECK(choose_installer(virtualenv, settings)->uv);
    settings.choice = InstallerChoice::pip;
    CHECK_FALSE(choose_installer(virtualenv, settings)->uv);
    settings.choice = InstallerChoice::uv;
    ::chmod(uv.c_str(), 0644);
    CHECK(choose_installer(virtualenv, settings).error().code == ErrorCode::not_found);
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "source/transport/libgit2_ssh.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <git2.h>
#include <poll.h>

#include <algorithm>

#include "git_transport_fixture.hpp"
#include "source/remote/config.hpp"
#include "source/remote/ssh_command.hpp"
#include "util/sys/directory.hpp"

namespace gup::test {
namespace {

using Arguments = std::vector<std::string>;
constexpr Milliseconds patience{20'000};

std::string no_virtualenv(const char* /*name*/) {
    return {};
}

Arguments arguments(const std::string& url, const detail::SshProgram& program = {}) {
    const auto argv = detail::ssh_arguments(url, program, patience);
    return argv.ok() ? *argv : Arguments{"error", argv.error().message};
}

detail::RemoteConfig user_config(const std::string& text) {
    detail::RemoteConfig config({});
    config.add(git::parse_config_text(text, "f").value_or({}));
    return config;
}

// A clone as a user whose core.sshCommand is `command`.
CloneOutcome clone_with(const std::string& command, const std::string& url, Milliseconds idle = Milliseconds{60'000}) {
    git_libgit2_init();
    GitSettings settings;
    settings.idle_timeout = idle;
    settings.connect_timeout = idle;
    REQUIRE(register_transports(settings).ok());
    const Home home;
    home.write(".gitconfig", fmt::format("[core]\n\tsshCommand = \"{}\"\n", command));
    return clone_as(home.user, url);
}

Error error_of(const CloneOutcome& outcome) {
    REQUIRE(outcome.error.has_value());
    return *outcome.error;
}

const std::string& commit_over_ssh() {
    static const std::string id = make_repository(shared_ssh().root() / "it's code.git", 5);
    return id;
}

std::string url_over_ssh() {
    (void)commit_over_ssh();
    return shared_ssh().url((shared_ssh().root() / "it's%20code.git").string());
}

}  // namespace

TEST_CASE("ssh_arguments: an ssh URL becomes options, destination and a quoted command") {
    CHECK(arguments("ssh://git@example.org:2222/team/it's.git") ==
          Arguments{"ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=20", "-o", "StrictHostKeyChecking=yes", "-p",
                    "2222", "git@example.org", "git-upload-pack '/team/it'\\''s.git'"});
    CHECK(arguments("ssh://example.org/~alice/a%20b.git").back() == "git-upload-pack '~alice/a b.git'");
}

TEST_CASE("ssh_arguments: the scp-like form keeps its relative path") {
    const Arguments argv = arguments("git@example.org:team/a.git");
    CHECK(argv[argv.size() - 2] == "git@example.org");
    CHECK(argv.back() == "git-upload-pack 'team/a.git'");
}

TEST_CASE("ssh_arguments: a text that could be an option is refused") {
    CHECK(arguments("ssh://-oProxyCommand=touch%20x/a").front() == "error");
    CHECK(arguments("ssh://-l@example.org/a").front() == "error");
    CHECK(arguments("ssh://%2Doption@example.org/a").front() == "error");
    CHECK(arguments("example.org:-path").front() == "error");
    CHECK(arguments("ssh://example.org/a%0Ab").front() == "error");
}

TEST_CASE("ssh_arguments: a password in the URL is in no argument") {
    for (const std::string& argument : arguments("ssh://git:secret@example.org/a.git")) {
        CHECK(argument.find("secret") == std::string::npos);
    }
}

TEST_CASE("ssh_arguments: a command goes through the shell, and only OpenSSH gets -o") {
    detail::SshProgram program;
    program.text = "ssh -i 'my key'";
    program.form = detail::SshProgram::Form::shell_command;
    const Arguments argv = arguments("ssh://example.org/a", program);
    CHECK(argv[0] == "sh");
    CHECK(argv[2] == "ssh -i 'my key' \"$@\"");
    CHECK(argv[3] == "ssh -i 'my key'");
    CHECK(argv[4] == "-o");
    program.is_openssh = false;
    CHECK(std::ranges::count(arguments("ssh://example.org/a", program), "-o") == 0);
}

TEST_CASE("choose_ssh: GIT_SSH_COMMAND, then core.sshCommand, then GIT_SSH, then ssh") {
    const auto everything = [](const char* name) -> std::string {
        if (std::string_view(name) == "GIT_SSH_COMMAND") return "ssh -v";
        return std::string_view(name) == "GIT_SSH" ? "/opt/my ssh/wrapper" : "";
    };
    const auto program_only = [](const char* name) -> std::string {
        return std::string_view(name) == "GIT_SSH" ? "/opt/my ssh/wrapper" : "";
    };
    const auto configured = user_config("[core]\n\tsshCommand = /usr/bin/ssh -i key\n");
    const auto plain = user_config("");
    CHECK(detail::choose_ssh(configured, everything).text == "ssh -v");
    CHECK(detail::choose_ssh(configured, program_only).text == "/usr/bin/ssh -i key");
    CHECK(detail::choose_ssh(configured, program_only).is_openssh);
    const auto wrapper = detail::choose_ssh(plain, program_only);
    CHECK(wrapper.text == "/opt/my ssh/wrapper");
    CHECK(wrapper.form == detail::SshProgram::Form::program);
    CHECK(!wrapper.is_openssh);
    CHECK(detail::choose_ssh(plain, no_virtualenv).text == "ssh");
    CHECK(detail::choose_ssh(plain, no_virtualenv).is_openssh);
    CHECK(detail::choose_ssh(user_config("[ssh]\n\tvariant = ssh\n"), program_only).is_openssh);
}

TEST_CASE("ssh_error: the error depends on the words on stderr") {
    const auto code = [](std::string_view words) { return detail::ssh_error("r", words, 255).code; };
    CHECK(code("git@h: Permission denied (publickey).") == ErrorCode::authentication);
    CHECK(code("No ED25519 host key is known.\nHost key verification failed.") == ErrorCode::authentication);
    CHECK(code("ssh: Could not resolve hostname h: Name or service not known") == ErrorCode::unreachable);
    CHECK(code("ssh: connect to host h port 22: Connection refused") == ErrorCode::unreachable);
    CHECK(code("ssh: connect to host h port 22: Connection timed out") == ErrorCode::unreachable);
    CHECK(code("ssh: connect to host h port 22: No route to host") == ErrorCode::unreachable);
    CHECK(code("fatal: '/x' does not appear to be a git repository") == ErrorCode::not_found);
    CHECK(code("ERROR: Repository not found.") == ErrorCode::not_found);
    CHECK(code("bash: git-upload-pack: command not found") == ErrorCode::failed);
    CHECK(detail::ssh_error("r", "Warning: Permanently added 'h' (ED25519).\nERROR: no\n", 1).message ==
          "r: ERROR: no");
    CHECK(detail::ssh_error("r", "", 0).code == ErrorCode::unreachable);
    const Error masked = detail::ssh_error("r", "fatal: https://alice:secret@example.org/x", 128);
    CHECK(masked.message.find("secret") == std::string::npos);
}

TEST_CASE("ssh_error: the cause is set for a name without an address and for a host key") {
    const auto cause = [](std::string_view words) { return detail::ssh_error("r", words, 255).cause; };
    CHECK(cause("ssh: Could not resolve hostname h: Name or service not known") == Cause::name_lookup);
    CHECK(cause("ssh: Could not resolve hostname h: Temporary failure in name resolution") == Cause::name_lookup);
    CHECK(cause("No ED25519 host key is known for h.\nHost key verification failed.") == Cause::unknown_host_key);
    CHECK(cause("WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!\nHost key verification failed.") == Cause::host_key);
    CHECK(cause("WARNING: REVOKED HOST KEY DETECTED!\nHost key verification failed.") == Cause::host_key);
    CHECK(cause("Host key verification failed.") == Cause::host_key);
    CHECK(cause("git@h: Permission denied (publickey).") == Cause::none);
    CHECK(cause("ssh: connect to host h port 22: Connection refused") == Cause::none);
    CHECK(cause("ERROR: Repository not found.") == Cause::none);
}

TEST_CASE("git_ssh: a clone from a real sshd, with a path that needs quoting") {
    const CloneOutcome outcome = clone_with(shared_ssh().command(), url_over_ssh());
    INFO((outcome.error ? outcome.error->message : std::string()));
    CHECK(outcome.commit == commit_over_ssh());
    CHECK(outcome.bytes > 100'000);
}

TEST_CASE("git_ssh: the scp-like form reaches the same repository") {
    (void)commit_over_ssh();
    const std::string url =
        fmt::format("{}@127.0.0.1:{}", shell("id -un"), (shared_ssh().root() / "it's code.git").string());
    const CloneOutcome outcome = clone_with(fmt::format("{} -p {}", shared_ssh().command(), shared_ssh().port()), url);
    CHECK(outcome.commit == commit_over_ssh());
}

TEST_CASE("git_ssh: a key that the host does not know is an authentication error") {
    std::string command = shared_ssh().command();
    command.replace(command.find("/key "), 5, "/stranger ");
    const Error error = error_of(clone_with(command, url_over_ssh()));
    CHECK(error.code == ErrorCode::authentication);
    CHECK(error.message.find("Permission denied") != std::string::npos);
    CHECK(error.hint.find("deploy-key") != std::string::npos);
}

TEST_CASE("git_ssh: an unknown host key is an authentication error with a hint") {
    std::string command = shared_ssh().command();
    command.replace(command.rfind("/known"), 6, "/unknown");
    const Error error = error_of(clone_with(command, url_over_ssh()));
    CHECK(error.code == ErrorCode::authentication);
    CHECK(error.hint.find("ssh-keyscan") != std::string::npos);
}

TEST_CASE("git_ssh: a path without a repository is not found") {
    const Error error = error_of(clone_with(shared_ssh().command(), shared_ssh().url("/nonexistent/a.git")));
    CHECK(error.code == ErrorCode::not_found);
    CHECK(error.message.find("/nonexistent/a.git") != std::string::npos);
}

TEST_CASE("git_ssh: no server is unreachable, silence a timeout, an early end unreachable" *
          doctest::test_suite("slow")) {
    const Error refused = error_of(clone_with("ssh -F none", fmt::format("ssh://git@127.0.0.1:{}/a.git", free_port())));
    CHECK(refused.code == ErrorCode::unreachable);
    const Milliseconds idle{1500};
    CHECK(error_of(clone_with("sleep 600; true", "ssh://git@example.org/a.git", idle)).code == ErrorCode::timeout);
    const Error ended = error_of(clone_with("printf 00; true", "ssh://git@example.org/a.git"));
    CHECK(ended.code == ErrorCode::unreachable);
    CHECK(ended.message.find("too early") != std::string::npos);
    CHECK(error_of(clone_with("no-such-ssh-program", "ssh://git@example.org/a.git")).code == ErrorCode::failed);
}

}  // namespace gup::test

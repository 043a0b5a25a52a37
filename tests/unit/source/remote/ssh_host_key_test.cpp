// SPDX-License-Identifier: Apache-2.0
#include "source/remote/ssh_host_key.hpp"

#include <doctest/doctest.h>

#include "source/remote/ssh_command.hpp"
#include "source/transport/libgit2_ssh.hpp"
#include "util/sys/directory.hpp"

using namespace gup;

namespace {

constexpr const char* changed_words =
    "@@@@@@@@@@@\r\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n@@@@@@@@@@@\r\n"
    "IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\r\n"
    "The fingerprint for the ED25519 key sent by the remote host is\nSHA256:abcdefg.\r\n"
    "Please contact your system administrator.\r\n"
    "Add correct host key in /home/pi/.ssh/known_hosts to get rid of this message.\r\n"
    "Offending ECDSA key in /var/lib/gup-agent/known_hosts:3\r\n  remove with:\r\n"
    "Host key for [git.example.org]:2222 has changed and you have requested strict checking.\r\n"
    "Host key verification failed.\r\n";

}  // namespace

TEST_CASE("parse_ssh_settings: host, port, alias and proxy") {
    const auto plain = detail::parse_ssh_settings("user git\nhostname git.example.org\nport 22\nproxycommand none\n");
    CHECK(plain.known_as() == "git.example.org");
    CHECK(!plain.through_another);
    const auto ported = detail::parse_ssh_settings("hostname 10.0.0.1\nport 2222\n");
    CHECK(ported.port == 2222);
    CHECK(ported.known_as() == "[10.0.0.1]:2222");
    const auto alias = detail::parse_ssh_settings("hostname 10.0.0.1\nport 2222\nhostkeyalias git.internal\n");
    CHECK(alias.known_as() == "git.internal");
    CHECK(detail::parse_ssh_settings("hostname h\nproxyjump bastion\n").through_another);
    CHECK(detail::parse_ssh_settings("").host.empty());
}

TEST_CASE("is_pinnable_name: one host, without patterns of known_hosts") {
    for (const char* name : {"git.example.org", "[10.0.0.1]:2222", "fe80::1%eth0", "a_b-c"}) {
        CHECK_MESSAGE(detail::is_pinnable_name(name), name);
    }
    for (const char* name : {"", "*", "git.*", "git.example.?", "a,github.com", "@cert-authority *", "@revoked", "!a",
                             "#a", "|1|aaaa=|bbbb=", "a b", "-a", "a\nb"}) {
        CHECK_MESSAGE(!detail::is_pinnable_name(name), name);
    }
}

TEST_CASE("parse_key_scan: ed25519 first, without comments and other lines") {
    const auto keys = detail::parse_key_scan(
        "# h:22 SSH-2.0-OpenSSH_9.2\nh ssh-rsa AAAAB3==\nh ecdsa-sha2-nistp256 AAAAE2\nh ssh-ed25519 AAAAC3\n"
        "h ssh-dss AAAAB4\nh ssh-ed25519 not*base64\nh\n\nConnection refused\n",
        "[h]:2222");
    REQUIRE(keys.size() == 3);
    CHECK(keys[0].line() == "[h]:2222 ssh-ed25519 AAAAC3");
    CHECK(keys[1].type == "ecdsa-sha2-nistp256");
    CHECK(keys[2].type == "ssh-rsa");
}

TEST_CASE("pin_host_key: a line is added once, and removed without the others") {
    const auto folder = TemporaryFolder::make().value();
    const fs::path file = folder.path() / "known_hosts";
    REQUIRE(pin_host_key(file, "h ssh-ed25519 AAAA").ok());
    REQUIRE(pin_host_key(file, "h ssh-ed25519 AAAA").ok());
    CHECK(read_file(file).value() == "h ssh-ed25519 AAAA\n");
    REQUIRE(write_file_atomically(file, "# by hand\nother ssh-rsa BBBB\nh ssh-ed25519 AAAA").ok());
    REQUIRE(pin_host_key(file, "i ssh-ed25519 CCCC").ok());
    CHECK(read_file(file).value() == "# by hand\nother ssh-rsa BBBB\nh ssh-ed25519 AAAA\ni ssh-ed25519 CCCC\n");
    REQUIRE(unpin_host_key(file, "h ssh-ed25519 AAAA").ok());
    CHECK(read_file(file).value() == "# by hand\nother ssh-rsa BBBB\ni ssh-ed25519 CCCC\n");
    REQUIRE(write_file_atomically(file, "h ssh-ed25519 AAAA\n").ok());
    REQUIRE(unpin_host_key(file, "h ssh-ed25519 AAAA").ok());
    CHECK(!is_file(file));
    CHECK(unpin_host_key(file, "h ssh-ed25519 AAAA").ok());
}

TEST_CASE("ssh_error: a changed host key is named with its place and its fingerprint") {
    const Error error = detail::ssh_error("ssh://git.example.org:2222/x", changed_words, 255);
    CHECK(error.code == ErrorCode::authentication);
    CHECK(error.message ==
          "ssh://git.example.org:2222/x: its host key has changed: it shows SHA256:abcdefg (ED25519) now, and "
          "/var/lib/gup-agent/known_hosts:3 has another key");
    CHECK(error.hint.find("ssh-keygen -R '[git.example.org]:2222' -f /var/lib/gup-agent/known_hosts") !=
          std::string::npos);
    CHECK(!is_unknown_host_key(error));
    CHECK(detail::ssh_error("r", "REMOTE HOST IDENTIFICATION HAS CHANGED", 255).message ==
          "r: its host key has changed");
}

TEST_CASE("ssh_error: the error of an unknown host key has the command that shows and trusts it") {
    constexpr const char* words =
        "No ED25519 host key is known for [10.0.0.1]:2222 and you have requested strict checking.\r\n"
        "Host key verification failed.\r\n";
    const detail::SshIdentity identity{"meter", {}, "/var/lib/gup-agent/known_hosts"};
    const Error error = detail::ssh_error("r", words, 255, identity);
    CHECK(is_unknown_host_key(error));
    CHECK(error.hint.starts_with("ssh-keyscan -t ed25519 -p 2222 10.0.0.1 | tee -a /var/lib/gup-agent/known_hosts"));
    CHECK(is_unknown_host_key(detail::ssh_error("r", words, 255)));
    CHECK(!is_unknown_host_key(detail::ssh_error("r", "Permission denied (publickey).", 255)));
}

TEST_CASE("ssh_error: a refused key is the connector's own key if it has one") {
    const auto hint = [](const detail::SshIdentity& identity) {
        return detail::ssh_error("r", "git@h: Permission denied (publickey).", 255, identity).hint;
    };
    CHECK(hint({"meter", "/keys/meter/id_ed25519", {}}).find("gup-agent deploy-key meter shows the key") !=
          std::string::npos);
    CHECK(hint({"meter", {}, {}}).find("of the connector's owner") != std::string::npos);
}

TEST_CASE("ssh_arguments: only the plain ssh gets the agent's hosts and the connector's key") {
    const detail::SshIdentity identity{"meter", "/state of 100%/keys/meter/id_ed25519", "/state of 100%/known_hosts"};
    const auto joined = [&](const detail::SshProgram& program) {
        std::string text;
        const auto argv =
            detail::ssh_arguments("ssh://git@h/x", program, Milliseconds{1000}, detail::Protocol::v0, identity);
        for (const std::string& word : argv.value()) text += word + "\n";
        return text;
    };
    const std::string plain = joined({});
    CHECK(plain.find("StrictHostKeyChecking=yes\n") != std::string::npos);
    CHECK(plain.find("ssh_known_hosts2 \"/state of 100%/known_hosts\"\n") != std::string::npos);
    CHECK(plain.find("IdentityFile=\"/state of 100%%/keys/meter/id_ed25519\"\n-o\nIdentitiesOnly=yes\n") !=
          std::string::npos);
    detail::SshProgram own;
    own.text = "ssh -i mine";
    own.form = detail::SshProgram::Form::shell_command;
    own.set_by = "core.sshCommand";
    CHECK(joined(own).find("Identit") == std::string::npos);
    CHECK(joined(own).find("KnownHosts") == std::string::npos);
}

// SPDX-License-Identifier: Apache-2.0
// The command line of ssh for a remote, and what ssh's words mean.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "source/remote/config.hpp"
#include "source/remote/context.hpp"
#include "util/clock.hpp"
#include "util/result.hpp"

namespace gup::detail {

// The command that runs ssh: $GIT_SSH_COMMAND, core.sshCommand, $GIT_SSH, else "ssh".
struct SshProgram {
    enum class Form : std::uint8_t { shell_command, program };
    std::string text = "ssh";
    Form form = Form::program;
    bool is_openssh = true;  // takes -o
    std::string set_by;      // "$GIT_SSH_COMMAND", "core.sshCommand", "$GIT_SSH"; empty: none, it is the plain ssh
};
// `environment` looks a variable up; empty when it is not there.
[[nodiscard]] SshProgram choose_ssh(const RemoteConfig& config, std::string (*environment)(const char*));

// The arguments of the plain ssh for a connector. A chosen ssh is used as it is.
struct SshIdentity {
    std::string connector;  // for hints; empty: none
    fs::path key;           // its deploy key; empty: the user's own keys
    fs::path known_hosts;   // besides the user's and the system's; empty: none
};

// argv for `git-upload-pack` of the remote; with Protocol::v2 for an ssh that passes $GIT_PROTOCOL on. invalid_input
// for what could be taken for an option or cannot be quoted. A password in the URL is left out: ssh has no place for
// it. The plain ssh takes no host whose key it does not know.
[[nodiscard]] Result<std::vector<std::string>> ssh_arguments(const std::string& url, const SshProgram& program,
                                                             Milliseconds connect_timeout,
                                                             Protocol protocol = Protocol::v0,
                                                             const SshIdentity& identity = {});

// The error that ssh's or the remote's words on stderr mean.
[[nodiscard]] Error ssh_error(std::string_view remote, std::string_view words, int exit_code,
                              const SshIdentity& identity = {});
// Stands in the error of a host whose key is nowhere.
inline constexpr std::string_view unknown_host_words = "its host key is not known";

}  // namespace gup::detail

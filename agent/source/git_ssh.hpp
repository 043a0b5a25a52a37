// git over the system's ssh, for libgit2.
#pragma once

#include <git2.h>
#include <git2/sys/transport.h>

#include <string>
#include <string_view>
#include <vector>

#include "source/remote_config.hpp"
#include "source/transport_context.hpp"
#include "util/clock.hpp"
#include "util/result.hpp"

namespace gup::detail {

// For git_smart_subtransport_definition, with rpc = 0.
int make_ssh_subtransport(git_smart_subtransport** out, git_transport* owner, void* parameter) noexcept;

// What was chosen to run ssh: $GIT_SSH_COMMAND, core.sshCommand, $GIT_SSH, else "ssh".
struct SshProgram {
    enum class Form : std::uint8_t { shell_command, program };
    std::string text = "ssh";
    Form form = Form::program;
    bool is_openssh = true;  // takes -o
};
// `environment` looks a variable up; empty when it is not there.
[[nodiscard]] SshProgram choose_ssh(const RemoteConfig& config, std::string (*environment)(const char*));

// argv for `git-upload-pack` of the remote; with Protocol::v2 for an ssh that passes $GIT_PROTOCOL on. invalid_input
// for what could be taken for an option or cannot be quoted. A password in the URL is left out: ssh has no place for
// it.
[[nodiscard]] Result<std::vector<std::string>> ssh_arguments(const std::string& url, const SshProgram& program,
                                                             Milliseconds connect_timeout,
                                                             Protocol protocol = Protocol::v0);

// The error that ssh's or the remote's words on stderr mean.
[[nodiscard]] Error ssh_error(std::string_view remote, std::string_view words, int exit_code);

}  // namespace gup::detail

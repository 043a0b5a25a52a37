// SPDX-License-Identifier: Apache-2.0
// One conversation with git-upload-pack over the system's ssh. Shared by libgit2's transport and our own ls-refs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "source/remote/ssh_command.hpp"
#include "util/process/piped_process.hpp"
#include "util/result.hpp"

namespace gup::detail {

class SshSession {
public:
    // Starts ssh for the current TransportScope. Requests Protocol::v2 only if the user's protocol.version allows it
    // and ssh can pass it on.
    [[nodiscard]] Status start(const std::string& url, Protocol protocol);
    // Up to `size` bytes; 0 at the end. For an unexpected end, end() gives the error. Fails with the message of ssh or
    // the remote.
    [[nodiscard]] Result<std::size_t> read(char* buffer, std::size_t size);
    [[nodiscard]] Status write(std::string_view bytes);
    // The remote may not receive it, because it may have ended.
    void write_goodbye();
    // Waits for ssh's end.
    void close();

    [[nodiscard]] Protocol protocol() const noexcept { return protocol_; }
    [[nodiscard]] const std::string& remote() const noexcept { return remote_; }  // for messages
    [[nodiscard]] const Error& end() const noexcept { return end_; }

private:
    [[nodiscard]] Error cause(int& exit_code);
    [[nodiscard]] Error given_up(const Error& error);

    std::optional<PipedProcess> process_;
    Protocol protocol_ = Protocol::v0;
    std::string remote_;
    SshIdentity identity_;
    Error end_;
    bool ended_ = false;
};

}  // namespace gup::detail

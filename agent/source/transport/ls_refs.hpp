// SPDX-License-Identifier: Apache-2.0
// Asking a remote for a few refs and nothing else: version 2 of git's protocol where the server speaks it, the full
// advertisement else.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "source/libgit2/types.hpp"
#include "source/transport/ref_messages.hpp"
#include "util/result.hpp"

namespace gup::detail {

// Whether poll_remote asks this kind of remote: http, https and ssh.
[[nodiscard]] bool can_poll(const std::string& url);

// The refs whose names begin with one of `prefixes` (none: all), for the current TransportScope; one attempt. A server
// that speaks version 2 gets one request. Any other answer to it is followed by git's usual question. Fails as the
// transports do.
[[nodiscard]] Result<std::vector<RemoteRef>> poll_remote(const std::string& url, const RefPrefixes& prefixes);

// A question that was sent and not waited for.
class StartedPoll {
public:
    StartedPoll() = default;
    StartedPoll(const StartedPoll&) = delete;
    StartedPoll& operator=(const StartedPoll&) = delete;
    virtual ~StartedPoll() = default;
    // Waits for what poll_remote gives; once for each time that it was sent. On any thread that acts as the user who
    // sent it; no TransportScope is needed.
    [[nodiscard]] virtual Result<std::vector<RemoteRef>> finish() = 0;
    // The same question once more, after a failure.
    [[nodiscard]] virtual Status send_again() = 0;
};

// Sends the question and waits for nothing, for http and https remotes, unless the user's protocol.version forbids
// version 2. Else nullptr: call poll_remote. For the current TransportScope.
[[nodiscard]] std::unique_ptr<StartedPoll> start_poll(const std::string& url, const RefPrefixes& prefixes);

}  // namespace gup::detail

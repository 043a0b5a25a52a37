// Asking a remote for a few refs and nothing else: version 2 of git's protocol where the server speaks it, the full
// advertisement else.
#pragma once

#include <string>
#include <vector>

#include "source/git.hpp"
#include "source/git_refs.hpp"
#include "util/result.hpp"

namespace gup::detail {

// Whether poll_remote asks this kind of remote: http, https and ssh.
[[nodiscard]] bool can_poll(const std::string& url);

// The refs whose names begin with one of `prefixes` (none: all), for the current TransportScope; one attempt. A server
// that is known to speak version 2 (source/server_memory.hpp) is asked with one request. Fails as the transports do.
[[nodiscard]] Result<std::vector<RemoteRef>> poll_remote(const std::string& url, const RefPrefixes& prefixes);

}  // namespace gup::detail

// SPDX-License-Identifier: Apache-2.0
// HTTP through another process, for the agent's own requests: the agent itself holds no connection, and reads nothing of
// TLS or HTTP. The process is another user's, and starts with the first request.
#pragma once

#include <memory>

#include "util/http/http.hpp"
#include "util/worker/sandbox.hpp"

namespace gup {

// One request at a time. Requests with a netrc file are not possible. A request that cannot be made fails in head().
[[nodiscard]] std::shared_ptr<HttpPool> make_remote_pool(const HttpOptions& options, const Sandbox& sandbox);

}  // namespace gup

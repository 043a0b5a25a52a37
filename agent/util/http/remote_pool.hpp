// SPDX-License-Identifier: Apache-2.0
// HTTP through another process, for the agent's own requests: the agent itself holds no connection, and reads nothing of
// TLS or HTTP. The process is another user's, and starts with the first request.
#pragma once

#include <functional>
#include <memory>

#include "util/clock.hpp"
#include "util/http/http.hpp"
#include "util/worker/sandbox.hpp"

namespace gup {

// Called while an answer is awaited; returns the time until the next call. May be empty.
using WhileWaiting = std::function<Milliseconds()>;

// One request at a time. Requests with a netrc file are not possible. A request that cannot be made fails in head().
[[nodiscard]] std::shared_ptr<HttpPool> make_remote_pool(const HttpOptions& options, const Sandbox& sandbox,
                                                         WhileWaiting while_waiting = {});

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// Exponential back-off with jitter for errors that are worth a retry.
#pragma once

#include <functional>

#include "util/clock.hpp"
#include "util/result.hpp"

namespace gup {

struct RetryPolicy {
    int retries = 3;  // further attempts after the first
    Milliseconds first_delay{1000};
    Milliseconds longest_delay{30000};
};

// The time to wait before retry number `retry` (from 1): first_delay * 2^(retry-1), at most longest_delay, times a
// random factor in [0.5, 1] made from `random01` in [0, 1).
[[nodiscard]] Milliseconds retry_delay(const RetryPolicy& policy, int retry, double random01);

// The same with a random number, or the wait that the server asked for.
[[nodiscard]] Milliseconds delay_before_retry(const RetryPolicy& policy, int retry, const Error& error);

// Calls `attempt` until it succeeds, fails with something not worth a retry (is_worth_a_retry), the retries are used
// up, or a stop was requested (then the last error). Sleeps through `sleep` (false: give up), which tests replace.
[[nodiscard]] Status with_retries(const RetryPolicy& policy, const std::function<Status()>& attempt,
                                  const std::function<bool(Milliseconds)>& sleep = {});

}  // namespace gup

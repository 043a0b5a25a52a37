// SPDX-License-Identifier: Apache-2.0
#include "util/log/retry.hpp"

#include <algorithm>
#include <random>

#include "util/sys/signals.hpp"

namespace gup {
namespace {

double random_factor() {
    // The gateways of a fleet fail at the same moment; their retries must come at different moments.
    thread_local std::mt19937 generator{std::random_device{}()};
    return std::uniform_real_distribution<double>{0.0, 1.0}(generator);
}

}  // namespace

Milliseconds retry_delay(const RetryPolicy& policy, int retry, double random01) {
    Milliseconds delay = std::min(policy.first_delay, policy.longest_delay);
    for (int doubled = 1; doubled < retry && delay < policy.longest_delay; ++doubled) {
        delay = std::min(delay * 2, policy.longest_delay);
    }
    return Milliseconds{static_cast<std::int64_t>(static_cast<double>(delay.count()) * (0.5 + random01 / 2))};
}

Milliseconds delay_before_retry(const RetryPolicy& policy, int retry, const Error& error) {
    if (error.retry_after.count() > 0) return error.retry_after;
    return retry_delay(policy, retry, random_factor());
}

Status with_retries(const RetryPolicy& policy, const std::function<Status()>& attempt,
                    const std::function<bool(Milliseconds)>& sleep) {
    for (int retry = 1;; ++retry) {
        Status status = attempt();
        if (status.ok() || !is_worth_a_retry(status.error()) || retry > policy.retries || stop_requested()) {
            return status;
        }
        const Milliseconds delay = delay_before_retry(policy, retry, status.error());
        if (!(sleep ? sleep(delay) : sleep_unless_stopped(delay))) return status;
    }
}

}  // namespace gup

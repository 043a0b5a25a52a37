// SPDX-License-Identifier: Apache-2.0
// The needs of a download besides its address: connections, retries, limits.
#pragma once

#include <cstdint>
#include <memory>

#include "util/http/data_budget.hpp"
#include "util/http/http.hpp"
#include "util/log/retry.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct NetworkAccess {
    std::shared_ptr<HttpPool> http;
    RetryPolicy retry;
    std::shared_ptr<DataBudget> budget;  // of all downloads; may be empty
    std::uint64_t disk_reserve = 0;      // bytes that a download leaves free where it goes; it is ended before

    // For signed archives:
    fs::path state{};         // the agent's own folder, where it remembers what it has seen; empty: nowhere
    bool only_looks = false;  // nothing is remembered
    std::int64_t built = 0;   // seconds since the epoch: before that, the clock is wrong

    // Whether another download may begin today: DataBudget::admit, where there is a budget.
    [[nodiscard]] Status admit_download() const { return budget ? budget->admit() : Status{}; }
};

}  // namespace gup

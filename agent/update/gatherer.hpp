// SPDX-License-Identifier: Apache-2.0
// The first half of a run in a worker: all questions and downloads, in the background, so that connectors whose servers
// answered are updated while others still wait for theirs.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "connector/observe.hpp"
#include "update/fetch.hpp"
#include "util/task_queue.hpp"

namespace gup {

// What is known of one connector when all questions about it are answered.
struct Gathered {
    const Observation* observation = nullptr;  // outlives the gatherer's batches
    FetchResult fetch;
};

class Gatherer {
public:
    // All of them outlive it. Begins at once.
    Gatherer(const std::vector<Connector>& connectors, MaintenanceWindow& gate, const UpdateSettings& settings,
             const RunEvents& events);
    // Waits for all that still goes on.
    ~Gatherer();
    Gatherer(const Gatherer&) = delete;
    Gatherer& operator=(const Gatherer&) = delete;

    // Those that are ready and were not handed over yet: all of them, or after `patience` as many as there are then, at
    // least one. Empty: there are no more.
    [[nodiscard]] std::vector<Gathered> next_batch(Milliseconds patience);
    // True when the last batch had the last of them.
    [[nodiscard]] bool is_complete() const { return handed_ == connectors_.size(); }

private:
    void observed(const Observation& observation);
    void add(const Observation& observation);

    const std::vector<Connector>& connectors_;
    MaintenanceWindow& gate_;
    const UpdateSettings& settings_;
    const RunEvents& events_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Gathered> ready_;
    std::size_t handed_ = 0;
    std::vector<Observation> observations_;
    TaskQueue downloads_;
    std::thread downloading_;
    std::thread observing_;
};

}  // namespace gup

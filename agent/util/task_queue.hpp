// SPDX-License-Identifier: Apache-2.0
// Tasks on a bounded number of threads, where one that waits for a slow peer does not hold up the others for long.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "util/clock.hpp"

namespace gup {

class TaskQueue {
public:
    using Task = std::function<void()>;  // must not throw
    struct Limits {
        std::size_t threads = 1;
        std::size_t most_threads = 64;  // so many, when for `patience` no task has ended and others wait
        Milliseconds patience{2'000};
        bool (*is_cancelled)() noexcept = nullptr;  // delayed tasks are started at once when it says so
    };

    explicit TaskQueue(Limits limits) : limits_(limits) {}
    TaskQueue(const TaskQueue&) = delete;
    TaskQueue& operator=(const TaskQueue&) = delete;

    // From any thread, also from a task. The task is not started before `delay` is over.
    void add(Task task, Milliseconds delay = Milliseconds{0});
    // No task follows but those that tasks add.
    void close();
    // Runs them until the queue is closed, empty, and all have ended. Once.
    void run();

private:
    using Clock = std::chrono::steady_clock;
    struct Entry {
        Clock::time_point not_before;
        Task task;
    };
    void work();
    [[nodiscard]] bool take(std::unique_lock<std::mutex>& lock, Task& task);
    [[nodiscard]] bool is_ready(const Entry& entry) const;
    [[nodiscard]] Clock::time_point next_look() const;
    [[nodiscard]] bool is_over() const { return closed_ && entries_.empty() && active_ == 0; }
    void add_threads(std::size_t count);

    const Limits limits_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Entry> entries_;
    std::vector<std::thread> threads_;
    std::size_t active_ = 0;
    std::size_t ended_ = 0;
    std::size_t idle_ = 0;
    bool closed_ = false;
    bool running_ = false;
};

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "util/task_queue.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace gup {

void TaskQueue::add(Task task, Milliseconds delay) {
    const std::scoped_lock lock(mutex_);
    entries_.push_back({Clock::now() + delay, std::move(task)});
    // Each idle one takes a task, though it may not have woken up yet.
    if (running_ && entries_.size() > idle_ && threads_.size() < limits_.threads) add_threads(1);
    changed_.notify_all();
}

void TaskQueue::close() {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
    changed_.notify_all();
}

bool TaskQueue::is_ready(const Entry& entry) const {
    return entry.not_before <= Clock::now() || (limits_.is_cancelled != nullptr && limits_.is_cancelled());
}

// When a delayed task may be ready, at the latest.
TaskQueue::Clock::time_point TaskQueue::next_look() const {
    constexpr Milliseconds between_looks{100};
    auto next = limits_.is_cancelled == nullptr ? Clock::time_point::max() : Clock::now() + between_looks;
    for (const Entry& entry : entries_) next = std::min(next, entry.not_before);
    return next;
}

// Waits for a task. False: there will be none.
bool TaskQueue::take(std::unique_lock<std::mutex>& lock, Task& task) {
    for (;;) {
        if (is_over()) return false;
        auto next = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& one) { return is_ready(one); });
        if (next != entries_.end()) {
            task = std::move(next->task);
            entries_.erase(next);
            return true;
        }
        ++idle_;
        if (entries_.empty()) {
            changed_.wait(lock);
        } else {
            changed_.wait_until(lock, next_look());
        }
        --idle_;
    }
}

void TaskQueue::work() {
    std::unique_lock lock(mutex_);
    for (Task task; take(lock, task);) {
        ++active_;
        lock.unlock();
        task();
        task = nullptr;
        lock.lock();
        --active_;
        ++ended_;
        if (is_over()) changed_.notify_all();
    }
}

void TaskQueue::add_threads(std::size_t count) {
    for (std::size_t i = 0; i < count && threads_.size() < limits_.most_threads; ++i) {
        try {
            threads_.emplace_back([this] { work(); });
        } catch (const std::system_error&) {
            return;  // no more are available: the running ones do all of the work
        }
    }
}

void TaskQueue::run() {
    std::unique_lock lock(mutex_);
    running_ = true;
    add_threads(std::min(limits_.threads, std::max<std::size_t>(entries_.size(), 1)));
    std::size_t ended = 0;
    while (!is_over()) {
        const bool is_changed =
            changed_.wait_for(lock, limits_.patience, [&] { return is_over() || ended_ != ended || threads_.empty(); });
        if (threads_.empty()) {  // none could be started: this one works
            lock.unlock();
            work();
            lock.lock();
        }
        if (!is_changed && idle_ == 0 && !entries_.empty()) add_threads(limits_.threads);
        ended = ended_;
    }
    changed_.notify_all();
    std::vector<std::thread> threads = std::move(threads_);
    lock.unlock();
    for (std::thread& thread : threads) thread.join();
}

}  // namespace gup

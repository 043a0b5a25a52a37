// SPDX-License-Identifier: Apache-2.0
#include "util/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace gup {
namespace {

constexpr std::size_t most_readers = 8;
constexpr std::size_t worth_a_helper = 16;             // indices: a thread costs as much as reading a few of them
constexpr auto slow = std::chrono::microseconds{300};  // several times what one index takes without the disk

std::atomic<std::size_t> readers{0};  // threads in this process that read, or will

// Shared with its helpers: one may begin when all is done.
class ParallelReads : public std::enable_shared_from_this<ParallelReads> {
public:
    ParallelReads(std::size_t count, const std::function<IndexWork()>& make_work)
        : count_(count), make_work_(make_work) {}

    void run() {
        ++readers;
        add_helper(std::thread::hardware_concurrency());
        take_turns();
        --readers;
        std::unique_lock lock(mutex_);
        is_closed_ = true;
        changed_.wait(lock, [this] { return helping_ == 0; });
    }

private:
    void take_turns() {
        const IndexWork work = make_work_();
        auto before = std::chrono::steady_clock::now();
        for (std::size_t index = next_++; index < count_; index = next_++) {
            work(index);
            const auto now = std::chrono::steady_clock::now();
            if (now - before > slow) add_helper(most_readers);
            before = now;
        }
    }

    void add_helper(std::size_t most) {
        if (next_ + worth_a_helper > count_) return;
        if (++readers > most) {
            --readers;
            return;
        }
        try {
            std::thread([self = shared_from_this()] {
                self->help();
                --readers;
            }).detach();
        } catch (const std::system_error&) {
            --readers;  // no more threads are available: the running ones do all of the work
        }
    }

    void help() {
        {
            const std::lock_guard lock(mutex_);
            if (is_closed_) return;
            ++helping_;
        }
        take_turns();
        const std::lock_guard lock(mutex_);
        --helping_;
        changed_.notify_all();
    }

    const std::size_t count_;
    const std::function<IndexWork()>& make_work_;  // not used once it is closed
    std::atomic<std::size_t> next_{0};
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t helping_ = 0;
    bool is_closed_ = false;
};

}  // namespace

void parallel_for(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& work) {
    std::atomic<std::size_t> next{0};
    const auto take_turns = [&] {
        for (std::size_t index = next++; index < count; index = next++) work(index);
    };

    // The calling thread is one of them.
    std::vector<std::thread> helpers;
    const std::size_t wanted = std::min(count, threads);
    for (std::size_t started = 1; started < wanted; ++started) {
        try {
            helpers.emplace_back(take_turns);
        } catch (const std::system_error&) {
            break;  // no more threads are available: the running ones do all of the work
        }
    }
    take_turns();
    for (std::thread& helper : helpers) helper.join();
}

void parallel_reads(std::size_t count, const std::function<IndexWork()>& make_work) {
    std::make_shared<ParallelReads>(count, make_work)->run();
}

}  // namespace gup

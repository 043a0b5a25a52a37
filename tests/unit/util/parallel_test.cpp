// SPDX-License-Identifier: Apache-2.0
#include "util/parallel.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

TEST_CASE("parallel_for: every index once, whatever the number of threads") {
    for (const std::size_t threads : {0U, 1U, 3U, 64U}) {
        std::vector<std::atomic<int>> seen(100);
        gup::parallel_for(seen.size(), threads, [&](std::size_t index) { ++seen[index]; });
        CHECK(std::all_of(seen.begin(), seen.end(), [](const auto& count) { return count == 1; }));
    }
}

TEST_CASE("parallel_for: nothing to do calls nothing") {
    gup::parallel_for(0, 4, [](std::size_t) { FAIL("called"); });
}

TEST_CASE("parallel_for: one thread is the calling one, in order") {
    std::vector<std::size_t> order;
    bool elsewhere = false;
    const auto caller = std::this_thread::get_id();
    gup::parallel_for(5, 1, [&](std::size_t index) {
        order.push_back(index);
        elsewhere = elsewhere || std::this_thread::get_id() != caller;
    });
    CHECK(order == std::vector<std::size_t>{0, 1, 2, 3, 4});
    CHECK_FALSE(elsewhere);
}

TEST_CASE("parallel_for: runs that many at once, and no more") {
    constexpr std::size_t threads = 3;
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t running = 0;
    std::size_t most = 0;
    std::size_t arrived = 0;
    gup::parallel_for(9, threads, [&](std::size_t) {
        std::unique_lock lock(mutex);
        most = std::max(most, ++running);
        ++arrived;
        changed.notify_all();
        changed.wait(lock, [&] { return arrived >= threads; });  // hangs unless three run at the same time
        --running;
    });
    CHECK(most == threads);
}

TEST_CASE("parallel_reads: every index once, each thread with its own work") {
    for (const std::size_t count : {0U, 1U, 15U, 16U, 1000U}) {
        std::vector<std::atomic<int>> seen(count);
        std::atomic<int> wrong_thread{0};
        gup::parallel_reads(count, [&]() -> gup::IndexWork {
            return [&, maker = std::this_thread::get_id()](std::size_t index) {
                ++seen[index];
                if (std::this_thread::get_id() != maker) ++wrong_thread;
            };
        });
        CHECK(std::all_of(seen.begin(), seen.end(), [](const auto& times) { return times == 1; }));
        CHECK(wrong_thread == 0);
    }
}

TEST_CASE("parallel_reads: several calls that wait for the disk share eight threads") {
    std::mutex mutex;
    std::size_t running = 0;
    std::size_t most = 0;
    const auto make_work = [&]() -> gup::IndexWork {
        return [&](std::size_t) {
            {
                const std::lock_guard lock(mutex);
                most = std::max(most, ++running);
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
            const std::lock_guard lock(mutex);
            --running;
        };
    };
    gup::parallel_reads(200, make_work);
    CHECK(most > 2);
    CHECK(most <= 8);
    gup::parallel_for(3, 3, [&](std::size_t) { gup::parallel_reads(200, make_work); });
    CHECK(most <= 8);
    CHECK(running == 0);
}

TEST_CASE("parallel_reads: the calling thread alone does a few") {
    std::mutex mutex;
    std::vector<std::thread::id> threads;
    const auto make_work = [&]() -> gup::IndexWork {
        const std::lock_guard lock(mutex);
        threads.push_back(std::this_thread::get_id());
        return [](std::size_t) {};
    };
    gup::parallel_reads(15, make_work);
    CHECK(threads == std::vector{std::this_thread::get_id()});
}

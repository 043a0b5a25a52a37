#include "util/parallel.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
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

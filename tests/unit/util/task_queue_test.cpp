// SPDX-License-Identifier: Apache-2.0
#include "util/task_queue.hpp"

#include <atomic>
#include <future>
#include <mutex>
#include <set>

#include "fixture.hpp"

using namespace gup;

namespace {

bool never_cancelled() noexcept {
    return false;
}

bool always_cancelled() noexcept {
    return true;
}

}  // namespace

TEST_CASE("a queue runs each task once") {
    for (const std::size_t threads : {0U, 1U, 3U, 200U}) {
        CAPTURE(threads);
        TaskQueue queue({threads, 4, Milliseconds{2'000}, never_cancelled});
        std::atomic<int> runs{0};
        for (int i = 0; i < 100; ++i) queue.add([&] { ++runs; });
        queue.close();
        queue.run();
        CHECK(runs == 100);
    }
}

TEST_CASE("a queue without tasks ends when it is closed, from another thread too") {
    TaskQueue queue({});
    std::thread closer([&] { queue.close(); });
    queue.run();
    closer.join();
}

TEST_CASE("tasks may add tasks after the queue was closed") {
    TaskQueue queue({2, 2, Milliseconds{2'000}, nullptr});
    std::atomic<int> runs{0};
    std::function<void(int)> add = [&](int depth) {
        queue.add([&add, &runs, depth] {
            ++runs;
            if (depth > 0) {
                add(depth - 1);
                add(depth - 1);
            }
        });
    };
    add(5);
    queue.close();
    queue.run();
    CHECK(runs == 63);
}

TEST_CASE("tasks that are added while others run are taken by further threads") {
    TaskQueue queue({2, 2, Milliseconds{60'000}, nullptr});
    std::promise<void> second;
    queue.add([&] {
        queue.add([&] { second.set_value(); });
        second.get_future().wait();  // never, if this one's thread were the only one
    });
    queue.close();
    queue.run();
}

TEST_CASE("tasks that wait do not hold up the others: threads are added") {
    TaskQueue queue({2, 8, Milliseconds{20}, nullptr});
    std::promise<void> last;
    const std::shared_future<void> done = last.get_future().share();
    for (int i = 0; i < 5; ++i) queue.add([done] { done.wait(); });
    queue.add([&] { last.set_value(); });
    queue.close();
    queue.run();
}

TEST_CASE("a delayed task is run later, or at once when the work is cancelled") {
    TaskQueue queue({1, 1, Milliseconds{2'000}, never_cancelled});
    std::vector<int> order;
    queue.add([&] { order.push_back(2); }, Milliseconds{30});
    queue.add([&] { order.push_back(1); });
    queue.close();
    queue.run();
    CHECK(order == std::vector<int>{1, 2});

    TaskQueue cancelled({1, 1, Milliseconds{2'000}, always_cancelled});
    bool ran = false;
    cancelled.add([&] { ran = true; }, Milliseconds{3'600'000});
    cancelled.close();
    cancelled.run();
    CHECK(ran);
}

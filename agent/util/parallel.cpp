#include "util/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

namespace gup {

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

}  // namespace gup

// Bounded concurrency over an index range.
#pragma once

#include <cstddef>
#include <functional>

namespace gup {

// Calls work(0) … work(count - 1), each once, on at most `threads` threads (the calling one when 1), and waits for all.
// `work` must not throw.
void parallel_for(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& work);

}  // namespace gup

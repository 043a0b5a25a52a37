// SPDX-License-Identifier: Apache-2.0
// Bounded concurrency over an index range.
#pragma once

#include <cstddef>
#include <functional>

namespace gup {

// Calls work(0) … work(count - 1), each once, on at most `threads` threads (the calling one when 1), and waits for all.
// `work` must not throw.
void parallel_for(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& work);

// The same for many short reads of files. Each thread has its own work, which `make_work` returns: it may keep a buffer.
// Another thread helps if a core is free, and up to seven while the disk keeps them waiting. All calls in this process
// share these limits. Does not wait for a helper that has not begun, so a busy machine delays nothing.
using IndexWork = std::function<void(std::size_t)>;
void parallel_reads(std::size_t count, const std::function<IndexWork()>& make_work);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// A forked process with a channel to this one. Only while this process has one thread.
#pragma once

#include <sys/types.h>

#include <functional>

#include "util/result.hpp"
#include "util/sys/file.hpp"
#include "util/worker/sandbox.hpp"

namespace gup {

// A worker's exit code when it needed more memory than its sandbox allows.
inline constexpr int exit_without_memory = 77;

struct ForkedWorker {
    pid_t pid = -1;
    UniqueFd channel;
};

// The child has no descriptor but its end of the channel, 0 and 1 on /dev/null, and 2, if that is no terminal. It has its
// own session and signal state, and dies with its parent. `work` gets the channel, and the error when the sandbox could not be
// entered; when it returns, the child ends with exit code 0. Fails with io when nothing can be forked.
using WorkerMain = std::function<void(UniqueFd channel, const Status& entered)>;
[[nodiscard]] Result<ForkedWorker> fork_worker(const Sandbox& sandbox, const WorkerMain& work);

// Waits for its end, for a second at most; then it is killed. Success only for exit code 0; else the reason, with Cause::worker_died.
[[nodiscard]] Status wait_for_worker(pid_t pid, const Sandbox& sandbox);

// The end of a worker that did not report its own: by a signal, or for lack of memory.
[[nodiscard]] bool is_worker_death(const Error& error);

}  // namespace gup

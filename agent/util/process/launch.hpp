// SPDX-License-Identifier: Apache-2.0
// Starting a child with Boost.Process: the only place that includes it.
#pragma once

#include <sys/types.h>

#include "util/process/process.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup::detail {

enum class ChildInput : bool { nothing, pipe };

// A running child and our ends of its pipes, all three non-blocking. `in` is invalid without an input pipe.
struct LaunchedProcess {
    pid_t pid = -1;
    UniqueFd in;
    UniqueFd out;
    UniqueFd err;
};

// Starts it on the calling thread, set up as run_process promises. Fails with not_found or failed.
[[nodiscard]] Result<LaunchedProcess> launch_process(const ProcessRequest& request, ChildInput input);

}  // namespace gup::detail

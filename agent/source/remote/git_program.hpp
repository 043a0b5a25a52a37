// SPDX-License-Identifier: Apache-2.0
// The program git, for what the agent leaves to it: credential helpers, and joining packs.
#pragma once

#include <string>
#include <vector>

#include "source/libgit2/types.hpp"
#include "util/process/process.hpp"

namespace gup {

// "git" with `arguments`, for the configuration of `user`: another user's is not read, and no terminal is asked. The
// folder and the time limit are the caller's.
[[nodiscard]] ProcessRequest git_program(const GitUser& user, std::vector<std::string> arguments);

}  // namespace gup

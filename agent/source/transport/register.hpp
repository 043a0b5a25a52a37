// SPDX-License-Identifier: Apache-2.0
// libgit2's transports for http, https and ssh: ours, over the shared HTTP pool and the system's ssh.
#pragma once

#include "source/libgit2/types.hpp"
#include "util/result.hpp"

namespace gup {

// Registers http, https and ssh with libgit2. Called once by git_initialize, with the shared settings; a second call
// only replaces the settings.
[[nodiscard]] Status register_transports(const GitSettings& settings);

}  // namespace gup

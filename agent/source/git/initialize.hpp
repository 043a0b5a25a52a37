// SPDX-License-Identifier: Apache-2.0
// Starting and ending libgit2.
#pragma once

#include "source/libgit2/types.hpp"
#include "util/result.hpp"

namespace gup {

// libgit2 initialised, its search paths cleared, http, https and ssh handled by our own subtransports. Call once before
// any other function of source/; never fails after the first success. Paths of system and user git configuration are
// given per repository (GitUser), since one process may work for several owners.
[[nodiscard]] Status git_initialize(const GitSettings& settings);
void git_shutdown();

}  // namespace gup

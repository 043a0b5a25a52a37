// SPDX-License-Identifier: Apache-2.0
// A work tree after a crash.
#pragma once

#include <string>

#include "source/libgit2/opened.hpp"

namespace gup::git {

// See GitRepository::recover_work_tree.
[[nodiscard]] Status recover_work_tree(const Opened& opened, const WorkTreeMove& move, const std::string& goal);

// Removes lock files and partial packs that a crash of the agent left: see GitRepository::remove_leftovers.
void remove_stale_locks(const Opened& opened);

}  // namespace gup::git

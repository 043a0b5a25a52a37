// SPDX-License-Identifier: Apache-2.0
// Local changes that a checkout would lose.
#pragma once

#include <string>
#include <vector>

#include "source/git/work_tree/content.hpp"
#include "source/libgit2/opened.hpp"
#include "source/libgit2/tree_diff.hpp"

namespace gup::git {

// The paths that going from one version to the other would lose work at; empty: none. `opened`'s index and work tree
// count; only the changed paths are looked at.
[[nodiscard]] Result<std::vector<std::string>> find_conflicts(const Opened& opened, const std::vector<Change>& changes,
                                                              const Contents& from, const Contents& to);

}  // namespace gup::git

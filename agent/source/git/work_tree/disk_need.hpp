// The disk space that a checkout needs.
#pragma once

#include <vector>

#include "core/disk_need.hpp"
#include "source/libgit2/opened.hpp"
#include "source/libgit2/tree_diff.hpp"

namespace gup::git {

// The disk space that a move of the work tree to every change's `to` needs: the files (before filters), new folders,
// the index.
[[nodiscard]] Result<DiskNeed> checkout_need(const Opened& opened, const std::vector<Change>& changes);

}  // namespace gup::git

// The disk space that a checkout needs.
#pragma once

#include <vector>

#include "core/disk_need.hpp"
#include "source/libgit2/opened.hpp"
#include "source/libgit2/tree_diff.hpp"

namespace gup::git {

// What bringing the work tree to every change's `to` writes: the files (before filters), folders that are not there
// yet, the index.
[[nodiscard]] Result<DiskNeed> checkout_need(const Opened& opened, const std::vector<Change>& changes);

}  // namespace gup::git

// A work tree after a crash.
#pragma once

#include <string>

#include "source/libgit2/opened.hpp"

namespace gup::git {

// See GitRepository::recover_work_tree.
[[nodiscard]] Status recover_work_tree(const Opened& opened, const WorkTreeMove& move, const std::string& goal);

}  // namespace gup::git

// SPDX-License-Identifier: Apache-2.0
// The move of a work tree from one commit to another.
#pragma once

#include <string>

#include "source/git/work_tree/head.hpp"
#include "source/libgit2/opened.hpp"

namespace gup::git {

// move_work_tree for any head; settles back to where it was when it fails half-way.
[[nodiscard]] Status move_to(const Opened& opened, const Head& head, const git_oid& to, const BeforeMove& before);
// Work tree and index from `from` to `to`, then the branch: see GitRepository::move_work_tree.
[[nodiscard]] Status fast_forward(const Opened& opened, const std::string& branch, const WorkTreeMove& commits,
                                  const BeforeMove& before);

}  // namespace gup::git

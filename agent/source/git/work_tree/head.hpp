// SPDX-License-Identifier: Apache-2.0
// HEAD: the branch or the commit that is checked out.
#pragma once

#include <string>
#include <vector>

#include "source/libgit2/opened.hpp"

namespace gup::git {

// The content of HEAD.
struct Head {
    std::string ref;   // "refs/heads/main"; empty when detached
    git_oid commit{};  // zero when unborn
};
[[nodiscard]] Result<Head> read_head(git_repository* repository);
// The branch that HEAD names, or HEAD itself when detached, from head.commit to `commit` (zero: unborn). Fails with
// conflict when it was moved meanwhile.
[[nodiscard]] Status move_head(const Opened& opened, const Head& head, const git_oid& commit, const char* reflog);

// "a, b and 3 more"
[[nodiscard]] std::string join_paths(const std::vector<std::string>& paths);

}  // namespace gup::git

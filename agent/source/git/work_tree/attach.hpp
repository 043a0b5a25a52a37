// A repository whose work tree became releases, and a release that becomes its work tree again.
#pragma once

#include <string>

#include "source/libgit2/types.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// Makes the repository of `folder` stand at `commit`: the branch that HEAD names (or a detached HEAD), and the index.
// Files that are there stay as they are; of those that are not, the repository's own (core/release.hpp:
// is_repository_file) come back. Fails with conflict when the branch has commits that are not in the history of
// `commit` or the other way round: they would be on no branch.
[[nodiscard]] Status attach_work_tree(const fs::path& folder, const std::string& commit, const GitUser& user);

}  // namespace gup

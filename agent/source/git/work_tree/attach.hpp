// SPDX-License-Identifier: Apache-2.0
// A repository whose work tree became releases, and a release that becomes its work tree again.
#pragma once

#include <string>

#include "source/libgit2/types.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// Sets the repository of `folder` to `commit`: the branch of HEAD (or a detached HEAD), and the index. Existing files
// stay unchanged; missing files of the repository itself (core/release.hpp: is_repository_file) are restored. Fails
// with conflict if the branch has commits that are not in the history of `commit`, or the other way round: they would
// be on no branch.
[[nodiscard]] Status attach_work_tree(const fs::path& folder, const std::string& commit, const GitUser& user);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// What only this repository has: it would be lost with its folder.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "source/libgit2/types.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct LocalWork {
    std::vector<std::string> changed;  // paths that differ from HEAD, new ones included; no caches of Python
    std::size_t commits = 0;           // of local branches, HEAD and stashes that no remote branch has
    bool has_stash = false;

    [[nodiscard]] bool empty() const { return changed.empty() && commits == 0 && !has_stash; }
};

// Of the repository in `folder`, or of a git folder, which has no changed paths. Fails with not_found if it is none, and
// with corrupt when it cannot be read.
[[nodiscard]] Result<LocalWork> find_local_work(const fs::path& folder, const GitUser& user);

// "main.py and notes.txt are not committed, 2 commits are not pushed".
[[nodiscard]] std::string display(const LocalWork& work);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// Each fetch adds a pack to a repository, and many packs make every git slow. git itself joins them with git gc --auto.
#pragma once

#include <vector>

#include "source/libgit2/types.hpp"
#include "util/result.hpp"

namespace gup {

// A git folder with so many packs that git would join them.
struct PackPile {
    fs::path git_folder;
    std::size_t packs = 0;
    std::size_t limit = 0;  // gc.autoPackLimit, or git's own limit
};

// Of the repository in `folder` (a work tree or a git folder) and of its submodules. Empty when there is none, it cannot
// be read, or gc.auto or gc.autoPackLimit are 0. Packs with a .keep file do not matter.
[[nodiscard]] std::vector<PackPile> pack_piles(const fs::path& folder, const GitUser& user);

// Runs git gc --auto there: it respects gc.*, alternates, shallow and promisor repositories, waits for no other git, and
// is safe against a power cut. Fails with not_found if there is no git.
[[nodiscard]] Status join_packs(const PackPile& pile, const GitUser& user);

}  // namespace gup

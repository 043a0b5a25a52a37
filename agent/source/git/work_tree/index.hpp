// The entries of the index after a checkout.
#pragma once

#include <cstdint>
#include <vector>

#include "source/libgit2/opened.hpp"
#include "source/libgit2/tree_diff.hpp"

namespace gup::git {

// An index that cannot be read: an error, or (after a crash) made anew from the commit, where staged changes are lost.
enum class BrokenIndex : std::uint8_t { fail, make_anew };

struct IndexRequest {
    git_oid commit{};  // what an index that is made anew begins with
    BrokenIndex broken = BrokenIndex::fail;
    fs::path staging;  // a folder on the repository's file system, for the copy that is renamed into place
};

// Writes the entries of the changed paths; all others stay. The caller has taken the index lock.
[[nodiscard]] Status write_index(const Opened& opened, const std::vector<Change>& changes, const IndexRequest& request);

}  // namespace gup::git

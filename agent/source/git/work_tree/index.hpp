// SPDX-License-Identifier: Apache-2.0
// A repository's index: its lock, and its entries after a checkout.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "source/libgit2/opened.hpp"
#include "source/libgit2/tree_diff.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

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

// .git/index.lock: while it is held no git changes the index. It says whose it is, so that one left by a crash of ours
// is known from one of git.
class IndexLock {
public:
    // Fails with busy when another program's is there already. One lock of the agent's state keeps agents apart.
    [[nodiscard]] static Result<IndexLock> acquire(const fs::path& git_folder);
    // Whether one is there that this program made: left by a crash, or because it could not be removed.
    [[nodiscard]] static bool is_ours(const fs::path& git_folder);
    // Removes one that this program made and does not hold any more; another program's stays.
    static void remove_ours(const fs::path& git_folder);
    // Removes one that a crash of this program left, of which the content may be missing; any other stays.
    static void sweep(const fs::path& git_folder);
    IndexLock(IndexLock&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    IndexLock& operator=(IndexLock&&) = delete;
    ~IndexLock();

private:
    explicit IndexLock(fs::path path) : path_(std::move(path)) {}
    fs::path path_;
};

}  // namespace gup::git

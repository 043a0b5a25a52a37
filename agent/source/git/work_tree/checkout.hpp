// SPDX-License-Identifier: Apache-2.0
// Moves paths of the work tree from one commit's version to another's. A crash at any moment leaves each path complete
// and known: new files are created and flushed in .git first, then renamed into place.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/disk_need.hpp"
#include "source/git/work_tree/content.hpp"
#include "source/libgit2/opened.hpp"
#include "source/libgit2/tree_diff.hpp"

namespace gup::git {

class Checkout {
public:
    // Every change's `to` is the wanted version; `to` has these versions.
    Checkout(const Opened& opened, const std::vector<Change>& changes, const Contents& to);
    Checkout(const Checkout&) = delete;
    Checkout& operator=(const Checkout&) = delete;
    ~Checkout();

    // Creates the new files in .git and flushes them. Does not touch the work tree; a full disk fails here.
    [[nodiscard]] Status stage();
    // Removes old paths, and renames the new files into place. Idempotent.
    [[nodiscard]] Status apply();

    static void sweep(const fs::path& git_folder);
    // The folder in .git for new files.
    [[nodiscard]] const fs::path& staging() const noexcept { return staging_; }

private:
    [[nodiscard]] Status stage_file(std::size_t number);
    [[nodiscard]] bool is_in_place(const Change& change, std::size_t size) const;
    [[nodiscard]] Status remove(const Change& change);
    [[nodiscard]] Status place(std::size_t number);
    [[nodiscard]] Status make_parents(const std::string& path);
    [[nodiscard]] bool has_real_parents(const std::string& path) const;
    void prune_parents(const std::string& path);

    const Opened& opened_;
    const std::vector<Change>& changes_;
    const Contents& to_;
    fs::path root_;
    fs::path staging_;
    std::vector<bool> staged_;       // per change
    std::set<std::string> parents_;  // known to be real folders
};

// The disk space that a move of the work tree to every change's `to` needs: the files (before filters), new folders,
// the index.
[[nodiscard]] Result<DiskNeed> checkout_need(const Opened& opened, const std::vector<Change>& changes);

}  // namespace gup::git

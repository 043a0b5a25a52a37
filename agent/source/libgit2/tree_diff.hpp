// SPDX-License-Identifier: Apache-2.0
// The paths that differ between two commits.
#pragma once

#include <string>
#include <vector>

#include "source/libgit2/handles.hpp"

namespace gup::git {

// A commit's version of a path. mode 0: none.
struct BlobVersion {
    std::uint32_t mode = 0;
    git_oid id{};

    [[nodiscard]] bool absent() const noexcept { return mode == 0; }
    [[nodiscard]] bool is_submodule() const noexcept { return mode == GIT_FILEMODE_COMMIT; }
    [[nodiscard]] bool is_link() const noexcept { return mode == GIT_FILEMODE_LINK; }
    [[nodiscard]] bool is_file() const noexcept { return !absent() && !is_submodule(); }  // including links
    [[nodiscard]] bool is_executable() const noexcept { return mode == GIT_FILEMODE_BLOB_EXECUTABLE; }
    friend bool operator==(const BlobVersion& a, const BlobVersion& b) noexcept {
        return a.mode == b.mode && (a.mode == 0 || git_oid_equal(&a.id, &b.id) != 0);
    }
};

// The mode that git takes an entry's mode for: trees of old or foreign programs have 100664, 120777 or 040755.
[[nodiscard]] std::uint32_t canonical_mode(std::uint32_t mode) noexcept;

struct Change {
    std::string path;
    BlobVersion from;
    BlobVersion to;
};

// Sorted by path. A zero id is the empty tree. Fails with unsupported for a path that must not be written (".git",
// "..").
[[nodiscard]] Result<std::vector<Change>> changes_between(git_repository* repository, const git_oid& from,
                                                          const git_oid& to);

// True if a path (of an index or a tree) stays inside of the work tree and outside of .git.
[[nodiscard]] bool is_safe_path(std::string_view path) noexcept;

}  // namespace gup::git

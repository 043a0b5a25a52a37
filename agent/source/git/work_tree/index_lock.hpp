// The lock of a repository's index.
#pragma once

#include <utility>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup::git {

// .git/index.lock: while it is held no git changes the index. It says whose it is, so that one left by a crash of ours
// is known from one of git.
class IndexLock {
public:
    // Fails with busy when another program's is there already. One lock of the agent's state keeps agents apart.
    [[nodiscard]] static Result<IndexLock> acquire(const fs::path& git_folder);
    // Whether one is there that this program made: left by a crash, or because it could not be removed.
    [[nodiscard]] static bool is_ours(const fs::path& git_folder);
    // Removes one that a crash of this program left; any other stays.
    static void sweep(const fs::path& git_folder);
    IndexLock(IndexLock&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    IndexLock& operator=(IndexLock&&) = delete;
    ~IndexLock();

private:
    explicit IndexLock(fs::path path) : path_(std::move(path)) {}
    fs::path path_;
};

}  // namespace gup::git

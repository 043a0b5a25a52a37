// SPDX-License-Identifier: Apache-2.0
// A repository that is open for a user, and a file of one of its commits.
#pragma once

#include <optional>
#include <string>

#include "source/libgit2/handles.hpp"
#include "source/libgit2/types.hpp"

namespace gup::git {

// One repository that is open for a user.
struct Opened {
    Repository repository;
    // Of a quarantine only: the repository whose work tree is used.
    Repository original;
    GitUser user;

    [[nodiscard]] git_repository* get() const noexcept { return repository.get(); }
    // Where the index and the work tree are.
    [[nodiscard]] git_repository* with_work_tree() const noexcept {
        return original ? original.get() : repository.get();
    }
    [[nodiscard]] bool has_no_work_tree() const noexcept { return git_repository_is_bare(with_work_tree()) == 1; }
    [[nodiscard]] fs::path work_tree() const;
    [[nodiscard]] fs::path git_folder() const;     // of this work tree: HEAD, index
    [[nodiscard]] fs::path common_folder() const;  // objects, refs, config
    // "smart-meter", for messages.
    [[nodiscard]] std::string name() const;
};

// Fails with not_found when `folder` neither has a .git nor is a git folder itself.
[[nodiscard]] Status check_is_repository(const fs::path& folder);
// Opens exactly `folder` (or git folder, without a work tree then), configured for `user`.
[[nodiscard]] Result<Repository> open_repository(const fs::path& folder, const GitUser& user);

// The content of a file in a commit; a link inside the commit is followed. Nullopt when it is not there or is no file.
// Fails with invalid_input for a link that leads out.
[[nodiscard]] Result<std::optional<std::string>> read_file_at(git_repository* repository, const std::string& commit,
                                                              const std::string& path);

// True if the commit has a folder `path`. False after an error.
[[nodiscard]] bool has_folder_at(git_repository* repository, const std::string& commit, const std::string& path);

}  // namespace gup::git

// SPDX-License-Identifier: Apache-2.0
// core.sharedRepository: the access of the group and of others to a repository's own files. libgit2 does not read it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <string>

#include "source/libgit2/handles.hpp"
#include "source/libgit2/opened.hpp"

namespace gup::git {

// The value of core.sharedRepository, as git reads it.
struct SharedAccess {
    enum class Kind : std::uint8_t { umask, at_least, exactly };
    Kind kind = Kind::umask;
    mode_t bits = 0;  // 0660

    // The mode of a file or folder that has `mode` by the umask.
    [[nodiscard]] mode_t adjusted(mode_t mode) const noexcept;
    friend bool operator==(const SharedAccess&, const SharedAccess&) = default;
};

// `text`: group, all, true, 0640, …; nullptr for a key without a value. Fails with invalid_input where git does: the owner
// must be able to read and write.
[[nodiscard]] Result<SharedAccess> parse_shared_access(const char* text);

// That of an open repository.
[[nodiscard]] Result<SharedAccess> shared_access(git_repository* repository);

// A moment of the clock that files have.
[[nodiscard]] timespec file_clock() noexcept;

// Gives the mode of git's adjust_shared_perm to what this user has written since `since` of all that git shares: HEAD,
// index, refs, logs, objects, and the same in modules/. {}: to all of it, after a crash. Does nothing where the
// repository is not shared. What fails is a warning.
void share_repository(const Opened& opened, const timespec& since);

// For a repository that was just created: its folders and all other files too, and the setting itself, as git init does.
[[nodiscard]] Status share_new_repository(const Opened& opened);

}  // namespace gup::git

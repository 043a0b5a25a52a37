// SPDX-License-Identifier: Apache-2.0
// A lock between processes that does not survive a crash: a POSIX record lock. The kernel drops it with the process and
// knows its owner, so nothing is ever written to the file.
#pragma once

#include <filesystem>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

class FileLock {
public:
    // Takes the lock on `path` without waiting. Creates the file and its folder if they are missing; only its owner can
    // open the file (mode 0600). Fails with busy, the holder's pid in the message; with permission when a process of a
    // third user has it; io or permission when it cannot be opened. One FileLock per path and process:
    // POSIX drops the lock when any descriptor of the file closes.
    [[nodiscard]] static Result<FileLock> try_take(const std::filesystem::path& path);

    // Whether the lock survives execve: then the next try_take of the new program succeeds at once, and no other
    // process gets the lock in between.
    enum class OverExec : bool { drop, keep };
    void set_over_exec(OverExec choice) noexcept;

private:
    explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
    UniqueFd fd_;
};

// The process that has the lock on `path`; 0 if none, or if it is this process. Takes and creates nothing. Fails when
// the file cannot be opened; a missing file gives 0. Do not call it while this process has the lock: closing the file
// would drop it.
[[nodiscard]] Result<int> lock_holder(const std::filesystem::path& path);

}  // namespace gup

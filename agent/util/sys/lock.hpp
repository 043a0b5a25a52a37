// A lock between processes that a crash cannot leave behind (POSIX record lock: the kernel drops it
// with the process, and tells who holds it, so nothing is ever written to the file).
#pragma once

#include <filesystem>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

class FileLock {
public:
    // Takes the lock on `path` (made, with its folder, when missing) without waiting.
    // Fails with busy, the holder's pid in the message; io or permission when it cannot be opened.
    // One FileLock per path and process: POSIX drops the lock when any descriptor of the file closes.
    [[nodiscard]] static Result<FileLock> try_take(const std::filesystem::path& path);

    // Whether a program that this process becomes (execve) still holds it: its next try_take succeeds at once, and
    // nobody else gets it in between.
    enum class OverExec : bool { drop, keep };
    void set_over_exec(OverExec choice) noexcept;

private:
    explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
    UniqueFd fd_;
};

// The process that holds the lock on `path`; 0 when nobody does, or it is this one. Takes and makes nothing. Fails when
// the file cannot be opened; missing is nobody. Not while this process holds it: closing the file would drop it.
[[nodiscard]] Result<int> lock_holder(const std::filesystem::path& path);

}  // namespace gup

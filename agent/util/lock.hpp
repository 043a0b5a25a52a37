// A lock between processes that a crash cannot leave behind (POSIX record lock: the kernel drops it
// with the process, and tells who holds it, so nothing is ever written to the file).
#pragma once

#include <filesystem>

#include "util/file.hpp"
#include "util/result.hpp"

namespace gup {

class FileLock {
public:
    // Takes the lock on `path` (made, with its folder, when missing) without waiting.
    // Fails with busy, the holder's pid in the message; io or permission when it cannot be opened.
    // One FileLock per path and process: POSIX drops the lock when any descriptor of the file closes.
    [[nodiscard]] static Result<FileLock> try_take(const std::filesystem::path& path);

private:
    explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
    UniqueFd fd_;
};

}  // namespace gup

// How much room there is.
#pragma once

#include <cstdint>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// Bytes that this process may still write to the file system that holds `path` (root may use what is reserved for it,
// but does not count on it). Fails as statvfs(3) does.
[[nodiscard]] Result<std::uint64_t> free_space(const fs::path& path);

// Fails with no_space, both numbers in the message, unless `needed` bytes are free where `path` is and `reserve` more
// stay free after that.
[[nodiscard]] Status require_space(const fs::path& path, std::uint64_t needed, std::uint64_t reserve);

// For what is written as it comes, and nobody knows how much that will be: keeps `reserve` bytes free where it goes.
// One thread's. 0 bytes: watches nothing.
class SpaceWatch {
public:
    SpaceWatch(fs::path folder, std::uint64_t reserve) : folder_(std::move(folder)), reserve_(reserve) {}
    // Before the first byte. Fails with no_space, both numbers in the message, when less than the reserve is free.
    [[nodiscard]] Status admit() const;
    // Counts bytes that are about to be written, and looks at the disk once in a mebibyte; fails as admit() does.
    [[nodiscard]] Status spend(std::uint64_t bytes);

private:
    fs::path folder_;
    std::uint64_t reserve_;
    std::uint64_t written_ = 0;
    std::uint64_t next_look_ = 0;
};

// Fails with permission when nothing can be made in `folder`: a read-only file system, or no right to.
[[nodiscard]] Status require_writable(const fs::path& folder);

}  // namespace gup

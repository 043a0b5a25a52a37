// Free disk space.
#pragma once

#include <cstdint>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// Bytes that this process may still write to the file system of `path` (without the blocks reserved for root). Fails as
// statvfs(3) does.
[[nodiscard]] Result<std::uint64_t> free_space(const fs::path& path);

// Fails with no_space, both numbers in the message, unless `needed` bytes are free where `path` is and `reserve` more
// stay free after that.
[[nodiscard]] Status require_space(const fs::path& path, std::uint64_t needed, std::uint64_t reserve);

// For a stream of unknown size: keeps `reserve` bytes free on its disk. For one thread. 0 bytes: no check.
class SpaceWatch {
public:
    SpaceWatch(fs::path folder, std::uint64_t reserve) : folder_(std::move(folder)), reserve_(reserve) {}
    // Before the first byte. Fails with no_space, both numbers in the message, when less than the reserve is free.
    [[nodiscard]] Status admit() const;
    // Counts bytes before they are written, and checks the disk once per mebibyte. Fails like admit().
    [[nodiscard]] Status spend(std::uint64_t bytes);

private:
    fs::path folder_;
    std::uint64_t reserve_;
    std::uint64_t written_ = 0;
    std::uint64_t next_look_ = 0;
};

// Fails with permission when no file can be created in `folder`: a read-only file system, or missing rights.
[[nodiscard]] Status require_writable(const fs::path& folder);

}  // namespace gup

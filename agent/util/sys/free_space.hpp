// SPDX-License-Identifier: Apache-2.0
// Disk space: what is free, what a folder uses, and whether it may be written to.
#pragma once

#include <cstdint>
#include <vector>

#include "util/clock.hpp"
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

struct DiskUsage {
    std::uint64_t bytes = 0;           // allocated
    std::uint64_t files = 0;           // of every kind, including folders
    std::vector<fs::path> unwritable;  // some folders that the process's user cannot write to
    fs::path unreadable;               // the first folder that cannot be listed; empty: none
    bool complete = true;              // false: there was not enough time to check everything
};

// Measures `folder` and everything below it. Does not follow links or enter other file systems. A missing folder gives
// zeros. Each hard link is added. Ends early after `patience`.
[[nodiscard]] DiskUsage disk_usage(const fs::path& folder, Milliseconds patience);

// True when the process's user may create a file in `folder`. Leaves no trace. Does not check for a read-only
// file system (file_system_of does).
[[nodiscard]] bool can_write_folder(const fs::path& folder);
// The same for writing to the regular file `path`.
[[nodiscard]] bool can_write_file(const fs::path& path);

// The file system of `path`, or the nearest folder above it that exists.
struct FileSystem {
    std::uint64_t device = 0;
    fs::path place;                // that folder
    std::uint64_t free_bytes = 0;  // for users other than root
    std::uint64_t free_files = 0;
    bool counts_files = true;  // false: it creates inodes on demand (btrfs and others)
    bool read_only = false;
};
[[nodiscard]] Result<FileSystem> file_system_of(const fs::path& path);

}  // namespace gup

// The disk usage of a folder, and whether its folders are writable.
#pragma once

#include <cstdint>
#include <vector>

#include "util/clock.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct DiskUsage {
    std::uint64_t bytes = 0;           // allocated
    std::uint64_t files = 0;           // of every kind, including folders
    std::vector<fs::path> unwritable;  // some folders that the calling thread's user cannot write to
    fs::path unreadable;               // the first folder that cannot be listed; empty: none
    bool complete = true;              // false: there was not enough time to check everything
};

// Measures `folder` and everything below it. Does not follow links or enter other file systems. A missing folder gives
// zeros. Each hard link is added. Ends early after `patience`.
[[nodiscard]] DiskUsage disk_usage(const fs::path& folder, Milliseconds patience);

// True when the calling thread's user may create a file in `folder`. Leaves no trace. Does not check for a read-only
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

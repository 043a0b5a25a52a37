// What a folder takes on its disk, and whether its folders can be written to.
#pragma once

#include <cstdint>
#include <vector>

#include "util/clock.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct DiskUsage {
    std::uint64_t bytes = 0;           // allocated
    std::uint64_t files = 0;           // of every kind, folders too
    std::vector<fs::path> unwritable;  // folders that the calling thread's user cannot write to; a few
    fs::path unreadable;               // the first folder that it cannot list; empty: none
    bool complete = true;              // false: there was no time to look at everything
};

// `folder` and all below it; links are not followed, other file systems not entered. Nothing there: zeros. Hard links
// count each time. Ends early after `patience`.
[[nodiscard]] DiskUsage disk_usage(const fs::path& folder, Milliseconds patience);

// Whether the calling thread's user may make a file in `folder`; leaves no trace. That the file system is read-only
// is another matter (file_system_of).
[[nodiscard]] bool can_write_folder(const fs::path& folder);
// Whether it may write to the regular file `path`; likewise.
[[nodiscard]] bool can_write_file(const fs::path& path);

// The file system that holds `path`, or the nearest folder above it that exists.
struct FileSystem {
    std::uint64_t device = 0;
    fs::path place;                // that folder
    std::uint64_t free_bytes = 0;  // for others than root
    std::uint64_t free_files = 0;
    bool counts_files = true;  // false: it makes inodes as they are needed (btrfs and others)
    bool read_only = false;
};
[[nodiscard]] Result<FileSystem> file_system_of(const fs::path& path);

}  // namespace gup

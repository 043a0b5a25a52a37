// SPDX-License-Identifier: Apache-2.0
// Folders: making, listing, flushing and removing them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// mkdir -p. Does nothing if the folder exists. `mode` is for folders that need a certain mode beyond the umask.
[[nodiscard]] Status make_folders(const fs::path& path, std::uint32_t mode = 0777);

// Flushes the file system of `path` (syncfs).
[[nodiscard]] Status sync_file_system(const fs::path& path);
[[nodiscard]] Status sync_folder(const fs::path& path);

// Names in `folder`, sorted bytewise, without . and .. — missing folder: not_found.
[[nodiscard]] Result<std::vector<std::string>> list_folder(const fs::path& folder);

// Removes `path` and everything below it. Links are removed, not followed. A missing path is not an error.
[[nodiscard]] Status remove_tree(const fs::path& path);

// $TMPDIR, /var/tmp, /tmp: the first that is a folder. Not /tmp first, which is memory on many gateways.
[[nodiscard]] fs::path temporary_parent();
// A private folder that is removed at the end, below `parent` (default: temporary_parent).
class TemporaryFolder {
public:
    [[nodiscard]] static Result<TemporaryFolder> make(const fs::path& parent = {});
    TemporaryFolder(TemporaryFolder&& other) noexcept;
    TemporaryFolder& operator=(TemporaryFolder&& other) noexcept;
    ~TemporaryFolder();
    [[nodiscard]] const fs::path& path() const noexcept { return path_; }

private:
    explicit TemporaryFolder(fs::path path) : path_(std::move(path)) {}
    fs::path path_;
};

}  // namespace gup

// Folders: making, listing, flushing and removing them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// mkdir -p. Nothing happens when it is there. `mode` is for folders that are not only for the umask to decide about.
[[nodiscard]] Status make_folders(const fs::path& path, std::uint32_t mode = 0777);

// Flushes the file system that holds `path` (syncfs).
[[nodiscard]] Status sync_file_system(const fs::path& path);
[[nodiscard]] Status sync_folder(const fs::path& path);

// Names in `folder`, sorted bytewise, without . and .. — missing folder: not_found.
[[nodiscard]] Result<std::vector<std::string>> list_folder(const fs::path& folder);

// Removes `path` and all below it; links are removed, not followed. Nothing there is fine.
[[nodiscard]] Status remove_tree(const fs::path& path);

// A private folder that is removed at the end, below `parent` (default: $TMPDIR, /var/tmp, /tmp).
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

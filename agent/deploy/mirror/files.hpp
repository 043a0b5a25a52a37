// What of a release is in a local folder, and the folders of both. Private to update/local_folder.
#pragma once

#include <map>
#include <string>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// Before the release's id, in the name of the folder beside a local folder.
inline constexpr const char* beside_mark = ".gup-";

// By path, folders too, each before what is in it.
using LocalFiles = std::map<std::string, FileInfo>;

// Empty when there is no such release any more: nobody can tell what it had.
[[nodiscard]] Result<LocalFiles> local_files_of(const fs::path& release);

// Folders of `to` down to the one that `path` lies in, as they are in `from`.
[[nodiscard]] Status make_folders_above(const fs::path& from, const fs::path& to, const std::string& path);

// Whether a file system begins at that folder: another one than `device`, or the same, mounted there once more.
[[nodiscard]] bool is_mount_point(const fs::path& path, std::uint64_t device, const FileInfo& info);

}  // namespace gup

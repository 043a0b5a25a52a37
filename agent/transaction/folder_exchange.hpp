// SPDX-License-Identifier: Apache-2.0
// A plain folder and its next content, which change places while programs may write into both. Files that appear in the
// old folder meanwhile, and are no release's, are moved over into the new one.
#pragma once

#include <map>
#include <string>

#include "core/journal_format.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct FolderExchange {
    fs::path path;            // the folder that programs know
    fs::path with;            // its next content; from the exchange on the old one
    fs::path release;         // the release that the next content is made of
    fs::path before;          // the release that the old content was made of; empty: none
    bool moves_files = true;  // false: the two just change places
};

// The values of the step, once the next content is complete.
[[nodiscard]] Result<JournalStep> describe_exchange(const char* kind, const FolderExchange& folders);
// True for the step of such an exchange, not for that of a folder and a link.
[[nodiscard]] bool is_folder_exchange(const JournalStep& step);

// Exchanges the two, or renames `with` to `path` where nothing is. Fails with unsupported where the file system cannot
// exchange two folders.
[[nodiscard]] Status exchange_folders(const FolderExchange& folders);
// The way back, if the exchange was made. Reads the step alone, and may be called again.
[[nodiscard]] Status undo_folder_exchange(const JournalStep& step);
// After the commit: the old folder is removed. What appeared in it since the exchange is moved over first.
[[nodiscard]] Status finish_folder_exchange(const JournalStep& step);

// By path; folders too, each before its content.
using ReleaseFiles = std::map<std::string, FileInfo>;

// The files of a release that a plain folder gets. Empty when the release is gone: then its files are unknown. A folder
// without a record is what repo-deploy left of its last version: all of it but .git.
[[nodiscard]] Result<ReleaseFiles> files_of_release(const fs::path& release);
// True for a gupfile that only says that the source has none. No file of the release, and no foreign one.
[[nodiscard]] bool is_placeholder(const fs::path& folder, const std::string& path);

// Makes the folders above `path` in `to`, with the modes that they have in `from`.
[[nodiscard]] Status make_folders_above(const fs::path& from, const fs::path& to, const std::string& path);

}  // namespace gup

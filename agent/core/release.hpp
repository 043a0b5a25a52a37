// SPDX-License-Identifier: Apache-2.0
// Releases of a connector: their ids, and the places of its code and files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace gup {

// Next to the releases in <root>/.gup/<name>: files that the connector writes, and its git folder if it was adopted.
inline constexpr const char* shared_name = "shared";
inline constexpr const char* repository_name = "repository";

// The gupfile of a release whose source has none. A plain folder that mirrors the release does not get it.
inline constexpr std::string_view placeholder_gupfile = "# The source has no gupfile.\n";
// True for it, and for the one that earlier agents wrote.
[[nodiscard]] bool is_placeholder_gupfile(std::string_view text);

// The folder that everything in an archive is in, when that folder is probably the code itself: it has a gupfile, or files
// that are usually at the top of a repository (README, pyproject.toml, *.py, …), or other files and no name such as
// "conf.d". `paths` of folders end with a slash. Empty: there is none. GitHub and GitLab make such archives.
[[nodiscard]] std::string folder_around(const std::vector<std::string>& paths);
// What a person should know of it, and the hint. `source` is for people.
struct FolderAround {
    std::string message;
    std::string hint;
};
[[nodiscard]] FolderAround tell_folder_around(const std::string& folder, const std::string& source);

// "2026-11-21_02_00-main-e9b167f", the commit's time in UTC (seconds since the epoch); characters of a branch that no
// folder can have become '-'.
[[nodiscard]] std::string release_id(std::int64_t time, std::string_view branch, std::string_view commit);

// Checks the id of a release: letters, digits and . _ - +, at most 200, the first a letter or a digit, and none of the
// names above. Fails with invalid_input.
[[nodiscard]] Status check_release_id(std::string_view id);

// Files of the repository itself, which are not a part of a release, in any folder: every name that begins with ".git"
// (.git, .gitignore, .gitattributes, .gitmodules, .gitkeep, .github, .gitlab-ci.yml). Other dot files belong to the
// program.
[[nodiscard]] bool is_repository_file(std::string_view name);
// The same for a whole path: true if one of its names is.
[[nodiscard]] bool is_repositorys_own(std::string_view path);

// True when a link at `path` (relative to a tree) with that text stays in the tree, by the text alone.
[[nodiscard]] bool link_stays_inside(std::string_view path, std::string_view text);
// Fails with unsupported when it does not.
[[nodiscard]] Status check_link_stays_inside(std::string_view path, std::string_view text);

// The persisted paths of a gupfile, without closing slashes, each once. Fails with invalid_input for a path that is
// absolute, leaves the folder, overlaps with another one, or must not be written by the connector (gupfile, .venv,
// .git…).
[[nodiscard]] Result<std::vector<std::string>> check_persisted(const std::vector<std::string>& paths);

// The target of the link at <release>/`path`: "../shared/data", "../../shared/var/data".
[[nodiscard]] std::string shared_link_text(std::string_view path);

// True when a new persisted `path` is created as a folder: its name has no suffix.
[[nodiscard]] bool is_persisted_folder(std::string_view path);

}  // namespace gup

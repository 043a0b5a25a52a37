// Releases of a connector: what they are called, and what of its code and files goes where.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace gup {

// Beside the releases in <root>/.gup/<name>: what the connector writes, and its git folder when it was adopted.
inline constexpr const char* shared_name = "shared";
inline constexpr const char* repository_name = "repository";

// "2026-11-21_02_00-main-e9b167f", the commit's time in UTC (seconds since the epoch); what a folder cannot be called
// in a branch's name becomes '-'.
[[nodiscard]] std::string release_id(std::int64_t time, std::string_view branch, std::string_view commit);

// Whether a release may be called that: letters, digits and . _ - +, at most 200, the first a letter or a digit, and
// none of the names above. Fails with invalid_input.
[[nodiscard]] Status check_release_id(std::string_view id);

// What of a repository is the repository's own and no part of a release, in whichever folder: every name that begins
// with ".git" (.git, .gitignore, .gitattributes, .gitmodules, .gitkeep, .github, .gitlab-ci.yml). Other dot files are
// the program's.
[[nodiscard]] bool is_repository_file(std::string_view name);
// The same of a whole path: one of its names is.
[[nodiscard]] bool is_repositorys_own(std::string_view path);

// Whether a link at `path` (relative to a tree) with that text stays in the tree, as the words say.
[[nodiscard]] bool link_stays_inside(std::string_view path, std::string_view text);
// Fails with unsupported when it does not.
[[nodiscard]] Status check_link_stays_inside(std::string_view path, std::string_view text);

// The paths that a gupfile persists, without their closing slashes, each once. Fails with invalid_input for one that is
// absolute, leaves the folder, is a part of another one, or is not the connector's to write (gupfile, .venv, .git…).
[[nodiscard]] Result<std::vector<std::string>> check_persisted(const std::vector<std::string>& paths);

// Where the link at <release>/`path` leads: "../shared/data", "../../shared/var/data".
[[nodiscard]] std::string shared_link_text(std::string_view path);

// Whether what is persisted at `path` is a folder when nothing is there yet: its name has no suffix.
[[nodiscard]] bool is_persisted_folder(std::string_view path);

}  // namespace gup

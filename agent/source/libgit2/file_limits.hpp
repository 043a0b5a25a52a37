// SPDX-License-Identifier: Apache-2.0
// The small files that libgit2 reads into memory, looked at before it opens them.
#pragma once

#include "source/libgit2/types.hpp"

namespace gup::git {

// The files of a repository whose work tree or git folder is `folder`, except for its objects: regular (a link is
// followed, as git does), no longer than its limit, and not a hole that only looks long. Fails with corrupt, and names
// the file, its size and its limit. A file that is missing, or may not be examined, is libgit2's question. `home`: the
// one of "~/" in its configuration.
[[nodiscard]] Status check_repository_files(const fs::path& folder, const fs::path& home);

// The same for one file of git's configuration, and for the files that it includes.
[[nodiscard]] Status check_config_file(const fs::path& file, const fs::path& home);

// The same for a file of patterns that the configuration names (core.attributesFile, core.excludesFile).
[[nodiscard]] Status check_pattern_file(const fs::path& file);

}  // namespace gup::git

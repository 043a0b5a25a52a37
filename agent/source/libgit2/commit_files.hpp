// SPDX-License-Identifier: Apache-2.0
// Commits that this program writes itself, for the remotes of its demo.
#pragma once

#include <map>
#include <string>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup::git {

// Paths without folders, and their content.
using CommitFiles = std::map<std::string, std::string>;

// Commits `files`, and nothing else, on top of the branch main of the bare repository `folder`, which is created if it is
// missing. Returns the commit's id. Fails with libgit2's reason. libgit2 must be started (source/git/initialize).
[[nodiscard]] Result<std::string> commit_files(const fs::path& folder, const CommitFiles& files,
                                               const std::string& message);

}  // namespace gup::git

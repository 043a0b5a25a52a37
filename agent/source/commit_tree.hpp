// SPDX-License-Identifier: Apache-2.0
// The files of one commit, as a release gets them.
#pragma once

#include <memory>
#include <string>

#include "source/code_tree.hpp"
#include "source/git/export.hpp"
#include "source/libgit2/types.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct CommitPlace {
    fs::path repository;  // as GitExport::open has it
    GitUser user;
    std::string below{};  // only this folder of the commit; empty: all of it
};

// Fails as GitExport does. The repository does not stay open: many connectors may have a new commit in one night.
[[nodiscard]] Result<std::shared_ptr<const CodeTree>> open_commit(const CommitPlace& place, const std::string& commit);

// The same for a repository that is open already, and stays so as long as the tree.
[[nodiscard]] Result<std::shared_ptr<const CodeTree>> open_commit(GitExport repository, const std::string& commit);

}  // namespace gup

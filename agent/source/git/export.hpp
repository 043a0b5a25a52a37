// SPDX-License-Identifier: Apache-2.0
// A commit's files in a folder without a repository: the code of a release.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/selection/code_path.hpp"
#include "core/selection/code_selection.hpp"
#include "source/git/repository.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct ExportedCommit {
    std::string id;         // 40 hex digits
    std::string branch;     // the requested one, or one that has the commit; the short id if none has
    std::int64_t time = 0;  // the committer's, seconds since the epoch
};

struct ExportSize {
    std::uint64_t bytes = 0;
    std::uint64_t files = 0;
    std::vector<std::string> submodules;  // their paths: they are not exported
};

// Everything as the process's user. Nothing in the repository changes.
class GitExport {
public:
    // The repository in `folder`/.git, or `folder` itself (bare, or a moved .git). Fails with not_found if there is
    // none. `below`: the exported folder of the commits, to which paths are relative; empty: all of it.
    [[nodiscard]] static Result<GitExport> open(const fs::path& folder, const GitUser& user,
                                                const std::string& below = {});
    GitExport(GitExport&&) noexcept;
    GitExport& operator=(GitExport&&) noexcept;
    ~GitExport();

    // The commit of `revision`: a branch (on its remote as last fetched, else the local one), a tag, a commit id or its
    // beginning, anything of gitrevisions(7). Empty: the checked out branch. Fails with not_found.
    [[nodiscard]] Result<ExportedCommit> find(const std::string& revision) const;
    // HEAD itself.
    [[nodiscard]] Result<ExportedCommit> find_head() const;
    // True if the work tree differs from HEAD, including untracked files that are not ignored.
    [[nodiscard]] Result<bool> has_changes() const;

    // Like GitRepository::read_file_at, below that folder.
    [[nodiscard]] Result<std::optional<std::string>> read_file_at(const std::string& commit,
                                                                  const std::string& path) const;
    // Of all .gitattributes of the commit, above that folder too.
    [[nodiscard]] Result<ExportAttributes> attributes(const std::string& commit) const;
    // Fails with not_found when the commit has no such folder.
    [[nodiscard]] Result<ExportSize> measure(const std::string& commit, const CodeSelection& selection = {}) const;

    // The commit's files and links. Submodules have none.
    [[nodiscard]] Result<std::vector<CodePath>> paths(const std::string& commit) const;

    // Writes the commit's files into the empty folder `to`, as git would check them out, without those that the selection
    // leaves out, and the files of the repository itself (core/release.hpp: is_repository_file). Fails with unsupported, possibly after some files, for
    // a link that leaves the tree, a filter that runs programs, and a path that git refuses. Flushes nothing.
    [[nodiscard]] Status write(const std::string& commit, const fs::path& to,
                               const CodeSelection& selection = {}) const;

private:
    struct State;
    explicit GitExport(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace gup

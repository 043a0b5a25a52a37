// A commit's files in a folder of their own, without a repository: the code of a release.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "source/git/repository.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct ExportedCommit {
    std::string id;         // 40 hex digits
    std::string branch;     // that it was asked for by, or the checked out one
    std::int64_t time = 0;  // the committer's, seconds since the epoch
};

struct ExportSize {
    std::uint64_t bytes = 0;
    std::uint64_t files = 0;
    std::vector<std::string> submodules;  // their paths: they are not exported
};

// Everything as the calling thread's user. Nothing in the repository changes.
class GitExport {
public:
    // The repository in `folder`/.git, or that is `folder` itself (bare or a .git that was moved). Fails with not_found
    // when there is none.
    // `below`: the folder of the commits that is exported, and that paths are relative to; empty: all of it.
    [[nodiscard]] static Result<GitExport> open(const fs::path& folder, const GitUser& user,
                                                const std::string& below = {});
    GitExport(GitExport&&) noexcept;
    GitExport& operator=(GitExport&&) noexcept;
    ~GitExport();

    // What `revision` names: a branch (where it stands on its remote as last fetched, else here), a tag, a commit id or
    // its beginning, anything of gitrevisions(7). Empty: the checked out branch. Fails with not_found.
    [[nodiscard]] Result<ExportedCommit> find(const std::string& revision) const;
    // HEAD itself.
    [[nodiscard]] Result<ExportedCommit> find_head() const;
    // Whether the work tree differs from HEAD, files included that git does not know and does not ignore.
    [[nodiscard]] Result<bool> has_changes() const;

    // As GitRepository::read_file_at, below that folder.
    [[nodiscard]] Result<std::optional<std::string>> read_file_at(const std::string& commit,
                                                                  const std::string& path) const;
    // Fails with not_found when the commit has no such folder.
    [[nodiscard]] Result<ExportSize> measure(const std::string& commit) const;

    // Writes the commit's files into the empty folder `to`, as git would check them out, without what is the
    // repository's own (core/release.hpp: is_repository_file). Fails with unsupported, possibly half-way, for a link
    // that leaves the tree, a filter that runs programs, and a path that git refuses. Flushes nothing.
    [[nodiscard]] Status write(const std::string& commit, const fs::path& to) const;

private:
    struct State;
    explicit GitExport(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace gup

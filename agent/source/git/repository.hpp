// SPDX-License-Identifier: Apache-2.0
// A connector's repository over libgit2: observe it, ask its remote, fetch, classify, move the work tree.
//
// Everything runs as the process's user: in a worker, the connector's owner. No function writes to the work tree except
// move_work_tree, recover_work_tree and update_submodules.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/observed.hpp"
#include "core/plan.hpp"
#include "source/libgit2/types.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// The refs of any remote URL whose names begin with one of `prefixes` (none: all), with retries. May include others.
// For tags of pins; needs no repository.
[[nodiscard]] Result<std::vector<RemoteRef>> list_remote(const std::string& url, const GitUser& user,
                                                         const std::vector<std::string>& prefixes = {});
// The commit of code.upstream_ref on a remote that is a path on this machine, which needs no repository; nullopt when
// the remote is none. `name`: the repository's, for messages. Fails as GitRepository::ask_remote.
[[nodiscard]] std::optional<Result<std::string>> ask_path(const ObservedCode& code, const GitUser& user,
                                                          const std::string& name);
// The prefixes that revision_for_version needs.
[[nodiscard]] std::vector<std::string> tags_of_version(const std::string& version);

// A question that was sent to a remote. Keeps no repository open.
class RemoteQuestion {
public:
    struct State;
    explicit RemoteQuestion(std::unique_ptr<State> state);
    RemoteQuestion(RemoteQuestion&&) noexcept;
    RemoteQuestion& operator=(RemoteQuestion&&) noexcept;
    ~RemoteQuestion();  // gives it up
    // Waits for the result of ask_remote; one attempt, without retries. Any thread with the same user may wait.
    [[nodiscard]] Result<std::string> answer();
    // Sends it again after a failure.
    [[nodiscard]] Status send_again();

private:
    std::unique_ptr<State> state_;
};

class GitRepository {
public:
    // The repository whose work tree is exactly `folder`. Fails with not_found if it does not have its own repository,
    // corrupt if libgit2 cannot read it, unsupported if it is bare. Does not check owners like git's safe.directory.
    [[nodiscard]] static Result<GitRepository> open(const fs::path& folder, const GitUser& user);
    // A git folder whose work tree became releases: it has no work tree. Fails as open.
    [[nodiscard]] static Result<GitRepository> open_git_folder(const fs::path& folder, const GitUser& user);
    GitRepository(GitRepository&&) noexcept;
    GitRepository& operator=(GitRepository&&) noexcept;
    ~GitRepository();

    // HEAD, branch, upstream, pending operations, locks, submodules. `branch`: the gupfile's branch (empty: current).
    // Read-only; hashes no file of the work tree.
    [[nodiscard]] Result<ObservedCode> observe(const std::string& branch) const;

    // The commit of code.upstream_ref on the remote: one request, with retries. not_found if the branch no longer
    // exists there.
    [[nodiscard]] Result<std::string> ask_remote(const ObservedCode& code) const;

    // Sends that request without waiting, if it is one small request over HTTP; nullopt if ask_remote must be used.
    [[nodiscard]] std::optional<RemoteQuestion> send_question(const ObservedCode& code) const;

    // True if the commit has a folder `path`. False after an error.
    [[nodiscard]] bool has_folder_at(const std::string& commit, const std::string& path) const;
    // The folder with its objects and refs.
    [[nodiscard]] fs::path git_folder() const;

    // True if that commit exists locally. False after an error.
    [[nodiscard]] bool has_commit(const std::string& commit) const;

    // Fetches `commit` (the answer of ask_remote) and its history: the upstream ref and the tags that point into it.
    // Sends no request if the tracking ref is already at it. A shallow clone stays shallow.
    [[nodiscard]] Status fetch(const ObservedCode& code, const std::string& commit, const ProgressCallback& progress);

    // A repository with the same objects in a temporary folder. fetch() into it changes nothing here, for `check`. Only
    // for classify() and read_file_at().
    [[nodiscard]] Result<GitRepository> quarantine(const fs::path& temporary_folder) const;

    // The relation of `commit` (local) to code.commit, and the paths of the work tree whose changes would be lost.
    // rewound: `commit` is an ancestor of the tracking commit (or unrelated to it) although HEAD is not behind it.
    [[nodiscard]] Result<CodeTarget> classify(const ObservedCode& code, const std::string& commit) const;

    // The content of a file in a commit; nullopt if there is no such regular file.
    [[nodiscard]] Result<std::optional<std::string>> read_file_at(const std::string& commit,
                                                                  const std::string& path) const;

    // Moves work tree and index from `from` to `to`, then the branch (with a reflog entry "gup-agent: fast-forward").
    // Local changes to other paths stay. Fails with conflict before any change if a path of the update has local
    // changes.
    [[nodiscard]] Status move_work_tree(const std::string& branch, const std::string& from, const std::string& to,
                                        const BeforeMove& before);

    // After a crash in move_work_tree: sets every path that differs between the two commits to `goal` (one of the two),
    // then the index and the branch. Replaces only content that is one of the two versions, a beginning of one of them,
    // or missing. A person has written other content since then: it stays and is a conflict, named in the message.
    // Removes the index.lock of the crash.
    [[nodiscard]] Status recover_work_tree(const WorkTreeMove& move, const std::string& goal);

    // Submodules to the commits that HEAD records, recursively; missing ones are cloned (http, https, ssh, git; file
    // only below a file remote). Local changes in them are a conflict.
    [[nodiscard]] Status update_submodules(const BeforeMove& before, const ProgressCallback& progress);

    // After a crash in fetch, move_work_tree or update_submodules: removes the lock files of refs and the partial packs
    // that it left, here and in the submodules. Only for recovery, when they cannot belong to another program.
    void remove_leftovers();

private:
    struct State;
    explicit GitRepository(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// The ref of a list that a pinned version names: refs/tags/<version>, else refs/tags/v<version>; a full commit id names
// itself. Returns the text for pip after '@' ("5.0.0", "v5.0.0", the id); empty if there is none.
[[nodiscard]] std::string revision_for_version(const std::vector<RemoteRef>& refs, const std::string& version);

}  // namespace gup

// A connector's repository over libgit2: observe it, ask its remote, fetch, classify, move the work tree.
//
// Everything runs with the calling thread's user (see host/owner.hpp). No function writes to the work tree except
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

// The refs of any remote URL whose names begin with one of `prefixes` (none: all), with retries. Others may come with
// them. For tags of pins; no repository needed.
[[nodiscard]] Result<std::vector<RemoteRef>> list_remote(const std::string& url, const GitUser& user,
                                                         const std::vector<std::string>& prefixes = {});
// The commit of code.upstream_ref on a remote that is a path on this machine, which needs no repository; nullopt when
// the remote is none. `name`: the repository's, for messages. Fails as GitRepository::ask_remote.
[[nodiscard]] std::optional<Result<std::string>> ask_path(const ObservedCode& code, const GitUser& user,
                                                          const std::string& name);
// The prefixes that revision_for_version needs.
[[nodiscard]] std::vector<std::string> tags_of_version(const std::string& version);

// A question to a remote that is on its way. Holds no repository open.
class RemoteQuestion {
public:
    struct State;
    explicit RemoteQuestion(std::unique_ptr<State> state);
    RemoteQuestion(RemoteQuestion&&) noexcept;
    RemoteQuestion& operator=(RemoteQuestion&&) noexcept;
    ~RemoteQuestion();  // gives it up
    // Waits for what ask_remote returns; one attempt, without retries. Any thread may wait that acts as the same user.
    [[nodiscard]] Result<std::string> answer();
    // Sends it once more, after an answer that failed.
    [[nodiscard]] Status send_again();

private:
    std::unique_ptr<State> state_;
};

class GitRepository {
public:
    // The repository whose work tree is exactly `folder`. Fails with not_found when it has none of its own, corrupt
    // when libgit2 cannot read it, unsupported when bare. Owner checks as git's safe.directory are left to the caller's
    // user.
    [[nodiscard]] static Result<GitRepository> open(const fs::path& folder, const GitUser& user);
    // A git folder whose work tree became releases: there are no files that could be moved, or in the way. Fails as
    // open.
    [[nodiscard]] static Result<GitRepository> open_git_folder(const fs::path& folder, const GitUser& user);
    GitRepository(GitRepository&&) noexcept;
    GitRepository& operator=(GitRepository&&) noexcept;
    ~GitRepository();

    // HEAD, branch, upstream, pending operations, locks, submodules. `branch`: the one that the gupfile wants (empty:
    // current). Reads only; no file of the work tree is hashed.
    [[nodiscard]] Result<ObservedCode> observe(const std::string& branch) const;

    // The commit of code.upstream_ref on the remote: one request, with retries. not_found when the branch is gone
    // there.
    [[nodiscard]] Result<std::string> ask_remote(const ObservedCode& code) const;

    // Sends that request and waits for nothing, if it is one small request over HTTP; nullopt when only ask_remote can.
    [[nodiscard]] std::optional<RemoteQuestion> send_question(const ObservedCode& code) const;

    // Whether that commit is here already. False on any error.
    [[nodiscard]] bool has_commit(const std::string& commit) const;

    // Brings `commit` (the answer of ask_remote) and its history here: the upstream ref and the tags that point into
    // it. Nothing is asked for when the tracking ref is already there. A shallow clone stays shallow.
    [[nodiscard]] Status fetch(const ObservedCode& code, const std::string& commit, const ProgressCallback& progress);

    // A repository with the same objects in a temporary folder, into which fetch() brings what `check` needs to see,
    // so that nothing here changes. Only classify() and read_file_at() make sense on it.
    [[nodiscard]] Result<GitRepository> quarantine(const fs::path& temporary_folder) const;

    // Where `commit` (already here) stands relative to code.commit, and which paths of the work tree would be lost.
    // rewound: `commit` is an ancestor of the tracking commit (or unrelated to it) though HEAD is not behind it.
    [[nodiscard]] Result<CodeTarget> classify(const ObservedCode& code, const std::string& commit) const;

    // The content of a file in a commit; nullopt when it is not there or is not a regular file.
    [[nodiscard]] Result<std::optional<std::string>> read_file_at(const std::string& commit,
                                                                  const std::string& path) const;

    // Work tree and index from `from` to `to`, then the branch (with a reflog entry "gup-agent: fast-forward"). Local
    // changes to other paths stay. Fails with conflict, nothing touched, when a path that the update touches was
    // changed.
    [[nodiscard]] Status move_work_tree(const std::string& branch, const std::string& from, const std::string& to,
                                        const BeforeMove& before);

    // After a crash in move_work_tree: brings every path that differs between the two commits to `goal` (one of the
    // two), then the index and the branch. Only content that is one of the two versions, a beginning of one of them, or
    // missing is replaced; anything else was written by somebody since and is a conflict (left, named in the message).
    // Removes the index.lock that the crash left.
    [[nodiscard]] Status recover_work_tree(const WorkTreeMove& move, const std::string& goal);

    // Submodules to the commits that HEAD records, recursively; missing ones are cloned (http, https, ssh, git; file
    // only below a file remote). Local changes in them are a conflict.
    [[nodiscard]] Status update_submodules(const BeforeMove& before, const ProgressCallback& progress);

    // After a crash in fetch, move_work_tree or update_submodules: removes the lock files of refs and the partial packs
    // that it left, here and in the submodules. For recovery only, when they can be nobody else's.
    void remove_leftovers();

private:
    struct State;
    explicit GitRepository(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// The ref of a list that a pinned version names: refs/tags/<version>, else refs/tags/v<version>; a full commit id names
// itself. Returns what pip is to be told after '@' ("5.0.0", "v5.0.0", the id); empty when there is none.
[[nodiscard]] std::string revision_for_version(const std::vector<RemoteRef>& refs, const std::string& version);

}  // namespace gup

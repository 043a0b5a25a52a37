// A connector's repository over libgit2: observe it, ask its remote, fetch, classify, move the work tree.
//
// Everything runs with the calling thread's user (see host/owner.hpp). No function writes to the work tree except
// move_work_tree, settle_work_tree and update_submodules.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/observed.hpp"
#include "core/plan.hpp"
#include "util/clock.hpp"
#include "util/http/data_budget.hpp"
#include "util/http/http.hpp"
#include "util/log/retry.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// What all repositories of one process share.
struct GitSettings {
    std::shared_ptr<HttpPool> http;
    Milliseconds connect_timeout{20'000};
    Milliseconds idle_timeout{30'000};  // ssh and git://: no byte that long
    Milliseconds total_timeout{3'600'000};
    RetryPolicy retry;
    std::shared_ptr<DataBudget> budget;  // of all downloads; may be empty
    std::uint64_t disk_reserve = 0;      // bytes that a download leaves free where it goes; it is ended before
    // Where it is kept between runs which servers speak version 2 of git's protocol; empty: nowhere. Read by
    // git_initialize and, if `writes_servers`, replaced by git_shutdown when there is news; as the process's user.
    fs::path servers;
    bool writes_servers = false;
    fs::path keys;         // deploy keys: <keys>/<connector>/ (source/deploy_key.hpp); empty: there are none
    fs::path known_hosts;  // host keys that are trusted besides the user's and the system's; may be missing
};

// libgit2 initialised, its search paths cleared, http, https and ssh handled by our own subtransports. Call once before
// any other function of source/; never fails after the first success. Paths of system and user git configuration are
// given per repository (GitUser), since one process may work for several owners.
[[nodiscard]] Status git_initialize(const GitSettings& settings);
void git_shutdown();
// The retries of GitSettings, for who asks himself (RemoteQuestion).
[[nodiscard]] const RetryPolicy& git_retry_policy();
// The connections of GitSettings, likewise.
[[nodiscard]] HttpPool& git_http_pool();
// Whether something else may be downloaded today: DataBudget::admit of GitSettings' budget.
[[nodiscard]] Status admit_download();

// Whose git configuration, netrc and ssh keys count.
struct GitUser {
    fs::path home;  // ~/.gitconfig, ~/.config/git/config, ~/.netrc, ~/.ssh
    fs::path system_config = "/etc/gitconfig";
    std::string connector{};  // whose deploy key counts; empty: none
};

// How much of a remote a new clone gets, and follows from then on.
struct CloneOptions {
    int depth = 0;               // that many commits of the branch; 0: all. Remotes on this machine give all
    bool single_branch = false;  // the refspec names this branch alone, so that `git fetch` brings no other either
};

struct RemoteRef {
    std::string name;      // "refs/heads/main", "refs/tags/5.0.0", "refs/tags/5.0.0^{}", "HEAD"
    std::string commit;    // 40 hex digits
    std::string target{};  // of HEAD, where the server says it: "refs/heads/main"
};

struct TransferProgress {
    std::uint64_t bytes = 0;     // received
    unsigned objects = 0;        // received
    unsigned total_objects = 0;  // 0: not known yet
};
using ProgressCallback = std::function<void(const TransferProgress&)>;

// The refs of any remote URL whose names begin with one of `prefixes` (none: all), with retries. Others may come with
// them. For tags of pins; no repository needed.
[[nodiscard]] Result<std::vector<RemoteRef>> list_remote(const std::string& url, const GitUser& user,
                                                         const std::vector<std::string>& prefixes = {});
// The prefixes that revision_for_version needs.
[[nodiscard]] std::vector<std::string> tags_of_version(const std::string& version);

// Called before the first byte of a work tree changes, with what is needed to settle it after a crash (absolute path
// of the work tree, commits; from is 40 zeros for a fresh clone). When it fails nothing is touched.
struct WorkTreeMove {
    std::string path;
    std::string from;
    std::string to;
};
using BeforeMove = std::function<Status(const WorkTreeMove&)>;

// A question to a remote that is on its way. Holds no repository open.
class RemoteQuestion {
public:
    RemoteQuestion(RemoteQuestion&&) noexcept;
    RemoteQuestion& operator=(RemoteQuestion&&) noexcept;
    ~RemoteQuestion();  // gives it up
    // Waits for what ask_remote returns; one attempt, without retries. Any thread may wait that acts as the same user.
    [[nodiscard]] Result<std::string> answer();
    // Sends it once more, after an answer that failed.
    [[nodiscard]] Status send_again();

private:
    friend class GitRepository;
    struct State;
    explicit RemoteQuestion(std::unique_ptr<State> state);
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
    [[nodiscard]] Status settle_work_tree(const WorkTreeMove& move, const std::string& goal);

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

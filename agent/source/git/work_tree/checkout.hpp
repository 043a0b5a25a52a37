// Bringing paths of the work tree from one commit's version to another's, so that a crash at any moment leaves each
// path whole and known: new files are made and flushed in .git first, then renamed into place.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "source/libgit2/tree_diff.hpp"

namespace gup::git {

// .git/index.lock: while it is held no git changes the index. It says whose it is, so that one left by a crash of ours
// is known from one of git.
class IndexLock {
public:
    // Fails with busy when another program's is there already. One lock of the agent's state keeps agents apart.
    [[nodiscard]] static Result<IndexLock> acquire(const fs::path& git_folder);
    // Whether one is there that this program made: left by a crash, or because it could not be removed.
    [[nodiscard]] static bool is_ours(const fs::path& git_folder);
    // Removes one that a crash of this program left; any other stays.
    static void sweep(const fs::path& git_folder);
    IndexLock(IndexLock&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    IndexLock& operator=(IndexLock&&) = delete;
    ~IndexLock();

private:
    explicit IndexLock(fs::path path) : path_(std::move(path)) {}
    fs::path path_;
};

class Checkout {
public:
    // Every change's `to` is what shall be; `to` holds those versions.
    Checkout(const Opened& opened, const std::vector<Change>& changes, const Contents& to);
    Checkout(const Checkout&) = delete;
    Checkout& operator=(const Checkout&) = delete;
    ~Checkout();

    // Makes the new files in .git and flushes them. The work tree is not touched; a full disk shows here.
    [[nodiscard]] Status stage();
    // Takes away what leaves, and renames the new files into place. Idempotent.
    [[nodiscard]] Status apply();

    // What an unreadable index means: after a crash one can be made anew, where staged changes are lost.
    enum class BrokenIndex : bool { fail, make_anew };
    // The entries of the changed paths; all others stay. The lock must be held.
    [[nodiscard]] Status write_index(const git_oid& commit, BrokenIndex broken);

    static void sweep(const fs::path& git_folder);

private:
    [[nodiscard]] Status stage_file(std::size_t number);
    [[nodiscard]] bool is_in_place(const Change& change, std::size_t size) const;
    [[nodiscard]] Status remove(const Change& change);
    [[nodiscard]] Status place(std::size_t number);
    [[nodiscard]] Status make_parents(const std::string& path);
    [[nodiscard]] bool has_real_parents(const std::string& path) const;
    void prune_parents(const std::string& path);
    [[nodiscard]] Status update_entry(git_index* index, const Change& change) const;
    [[nodiscard]] Result<Index> copy_index(const fs::path& copy, const git_oid& commit, BrokenIndex broken) const;

    const Opened& opened_;
    const std::vector<Change>& changes_;
    const Contents& to_;
    fs::path root_;
    fs::path staging_;
    std::vector<bool> staged_;       // per change
    std::set<std::string> parents_;  // known to be real folders
};

// What HEAD says.
struct Head {
    std::string ref;   // "refs/heads/main"; empty when detached
    git_oid commit{};  // zero when unborn
};
[[nodiscard]] Result<Head> read_head(git_repository* repository);
// The branch that HEAD names, or HEAD itself when detached, from head.commit to `commit` (zero: unborn). Fails with
// conflict when somebody moved it meanwhile.
[[nodiscard]] Status move_head(const Opened& opened, const Head& head, const git_oid& commit, const char* reflog);

// move_work_tree for any head; settles back to where it was when it fails half-way.
[[nodiscard]] Status move_to(const Opened& opened, const Head& head, const git_oid& to, const BeforeMove& before);
// settle_work_tree.
[[nodiscard]] Status settle(const Opened& opened, const WorkTreeMove& move, const std::string& goal);

// "a, b and 3 more"
[[nodiscard]] std::string join_paths(const std::vector<std::string>& paths);

}  // namespace gup::git

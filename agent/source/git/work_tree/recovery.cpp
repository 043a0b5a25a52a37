// SPDX-License-Identifier: Apache-2.0
#include "source/git/work_tree/recovery.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>

#include "source/git/work_tree/checkout.hpp"
#include "source/git/work_tree/content.hpp"
#include "source/git/work_tree/head.hpp"
#include "source/git/work_tree/index.hpp"
#include "source/libgit2/opened.hpp"
#include "util/sys/directory.hpp"

namespace gup::git {
namespace {

struct Side {
    git_oid commit{};
    Contents contents;
};

Result<Side> side(const Opened& opened, const git_oid& commit) {
    GUP_TRY(auto contents, Contents::of(opened, commit));
    return Side{commit, std::move(contents)};
}

// True if the content of a path may be replaced: it is one of the versions, a beginning of one, or missing.
Result<bool> is_ours(const fs::path& root, const Change& change, const Contents& now, const Contents& goal) {
    const fs::path file = root / change.path;
    for (const auto& [contents, version] : {std::pair{&goal, change.to}, {&now, change.from}}) {
        if (version.is_submodule() || version.absent()) continue;
        GUP_TRY(const Presence state, contents->compare(file, change.path, version));
        if (state == Presence::missing || state == Presence::same || state == Presence::beginning) return true;
    }
    // Otherwise only a folder is right: of a submodule, or on the way to a path of the other version.
    GUP_TRY(const Presence state, goal.compare(file, change.path, BlobVersion{GIT_FILEMODE_COMMIT, {}}));
    return state == Presence::missing || state == Presence::same;
}

// Files that are not changed paths, below a folder in the place of a file of the goal.
Status find_strangers(const fs::path& root, const std::string& path, const std::set<std::string>& known,
                      std::vector<std::string>& strangers) {
    struct stat info {};
    if (::lstat((root / path).c_str(), &info) != 0) return {};
    if (!S_ISDIR(info.st_mode)) {
        if (known.count(path) == 0) strangers.push_back(path);
        return {};
    }
    GUP_TRY(const auto names, list_folder(root / path));
    for (const std::string& name : names) {
        GUP_CHECK(find_strangers(root, fmt::format("{}/{}", path, name), known, strangers));
    }
    return {};
}

Result<std::vector<std::string>> foreign_paths(const Opened& opened, const std::vector<Change>& changes,
                                               const Contents& now, const Contents& goal) {
    const fs::path root = opened.work_tree();
    std::vector<std::string> foreign;
    std::set<std::string> known;
    for (const Change& change : changes) known.insert(change.path);
    for (const Change& change : changes) {
        GUP_TRY(const bool ours, is_ours(root, change, now, goal));
        if (!ours) {
            foreign.push_back(change.path);
        } else if (change.to.is_file()) {
            GUP_CHECK(find_strangers(root, change.path, known, foreign));
        }
    }
    return foreign;
}

Status check_branch(const Head& head, const git_oid& from, const git_oid& to) {
    if (git_oid_equal(&head.commit, &from) != 0 || git_oid_equal(&head.commit, &to) != 0) return {};
    return Error{ErrorCode::conflict,
                 fmt::format("{} is at {}, which is neither {} nor {}: someone has moved it since",
                             head.ref.empty() ? "HEAD" : head.ref, hex(head.commit), hex(from), hex(to)),
                 "look at git status and git reflog there"};
}

Status recover_to(const Opened& opened, const Head& head, const Side& now, const Side& goal) {
    GUP_TRY(const auto changes, changes_between(opened.get(), now.commit, goal.commit));
    GUP_TRY(const auto foreign, foreign_paths(opened, changes, now.contents, goal.contents));
    if (!foreign.empty()) {
        return Error{ErrorCode::conflict,
                     fmt::format("{} changed since the update was interrupted", join_paths(foreign)),
                     "save these changes elsewhere, then git checkout the named paths"};
    }
    IndexLock::sweep(opened.git_folder());
    GUP_TRY(const IndexLock lock, IndexLock::acquire(opened.git_folder()));
    Checkout checkout(opened, changes, goal.contents);
    GUP_CHECK(checkout.stage());
    GUP_CHECK(checkout.apply());
    GUP_CHECK(write_index(opened, changes, {goal.commit, BrokenIndex::make_anew, checkout.staging()}));
    GUP_CHECK(sync_file_system(opened.work_tree()));
    if (git_oid_equal(&head.commit, &goal.commit) != 0) return {};
    return move_head(opened, head, goal.commit, "gup-agent: undo an interrupted update");
}

constexpr std::string_view lock_ending = ".lock";

std::vector<std::string> names_below(const fs::path& folder) {
    return is_real_folder(folder) ? list_folder(folder).value_or({}) : std::vector<std::string>{};
}

// Git does not allow a ref with this ending.
void sweep_locks(const fs::path& folder) {
    for (const std::string& name : names_below(folder)) {
        const fs::path path = folder / name;
        if (name.ends_with(lock_ending)) {
            ::unlink(path.c_str());
        } else {
            sweep_locks(path);
        }
    }
}

void sweep_packs(const fs::path& folder) {
    for (const std::string& name : names_below(folder)) {
        if (name.starts_with("pack_git2_") || name.ends_with(lock_ending)) ::unlink((folder / name).c_str());
    }
}

void sweep_git_folder(const fs::path& folder);

// Names of submodules may have slashes, so a git folder may be deeper.
void sweep_modules(const fs::path& folder) {
    for (const std::string& name : names_below(folder)) {
        if (is_file(folder / name / "HEAD")) {
            sweep_git_folder(folder / name);
        } else {
            sweep_modules(folder / name);
        }
    }
}

void sweep_git_folder(const fs::path& folder) {
    constexpr std::array locks{"HEAD.lock", "ORIG_HEAD.lock", "packed-refs.lock", "shallow.lock", "config.lock"};
    for (const char* name : locks) ::unlink((folder / name).c_str());
    sweep_locks(folder / "refs");
    sweep_locks(folder / "logs");
    sweep_packs(folder / "objects/pack");
    sweep_modules(folder / "modules");
}

}  // namespace

Status recover_work_tree(const Opened& opened, const WorkTreeMove& move, const std::string& goal) {
    GUP_TRY(const git_oid from, parse_id(move.from));
    GUP_TRY(const git_oid to, parse_id(move.to));
    if (goal != move.from && goal != move.to) {
        return Error{ErrorCode::invalid_input, fmt::format("{} is neither {} nor {}", goal, move.from, move.to), {}};
    }
    const auto act = [&] { return fmt::format("cannot recover {}", opened.name()); };
    GUP_TRY(Head head, read_head(opened.get()));
    if (git_oid_is_zero(&from) != 0) head.ref.clear();  // a submodule's clone: its HEAD becomes detached
    if (auto status = check_branch(head, from, to); !status) return status.error().with_context(act());
    GUP_TRY(const Side old_side, side(opened, goal == move.to ? from : to));
    GUP_TRY(const Side new_side, side(opened, goal == move.to ? to : from));
    if (auto status = recover_to(opened, head, old_side, new_side); !status) {
        return status.error().with_context(act());
    }
    return {};
}

void remove_stale_locks(const Opened& opened) {
    sweep_git_folder(opened.common_folder());
    if (opened.git_folder() != opened.common_folder()) sweep_git_folder(opened.git_folder());
}

}  // namespace gup::git

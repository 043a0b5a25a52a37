// SPDX-License-Identifier: Apache-2.0
#include "source/git/work_tree/conflicts.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <set>

#include "source/git/work_tree/content.hpp"
#include "source/libgit2/config.hpp"
#include "source/libgit2/opened.hpp"
#include "util/sys/directory.hpp"
#include "util/text.hpp"

namespace gup::git {
namespace {

// First: in a sparse checkout every path outside of the cone would look like a local change.
Status check_sparse(const Opened& opened) {
    Config config;
    if (const int code = git_repository_config_snapshot(Out(config), opened.with_work_tree()); code != 0) {
        return failure(code, "cannot read the configuration");
    }
    const fs::path patterns = fs::path(git_repository_path(opened.with_work_tree())) / "info/sparse-checkout";
    if (!config_flag(config.get(), "core.sparsecheckout", false) || !is_there(patterns)) return {};
    return Error{ErrorCode::unsupported,
                 fmt::format("{} is a sparse checkout, which the agent does not update", opened.name()),
                 "git sparse-checkout disable"};
}

// git status shows no change of such a file, and git stash keeps none.
Error hidden_change(const std::string& path, std::string_view mark) {
    return Error{
        ErrorCode::conflict,
        fmt::format("local changes would be lost in {}, which is marked {}, so that git status does not show it", path,
                    mark),
        fmt::format("git update-index --no-{} {}, then git stash", mark, path)};
}

class ConflictFinder {
public:
    ConflictFinder(const Opened& opened, const Contents& from, const Contents& to)
        : root_(opened.work_tree()), from_(from), to_(to) {}

    Status prepare(const Opened& opened, const std::vector<Change>& changes) {
        GUP_CHECK(check_sparse(opened));
        // Not the repository's own one, which ignores case where core.ignoreCase is set.
        const fs::path file = fs::path(git_repository_path(opened.with_work_tree())) / "index";
        if (const int code = git_index_open(Out(index_), file.c_str()); code != 0) {
            return failure(code, fmt::format("cannot read the index of {}", opened.name()));
        }
        if (const char* path = git_index_path(index_.get()); path != nullptr) {
            struct stat info {};
            if (::stat(path, &info) == 0) index_time_ = info.st_mtim;
        }
        for (const Change& change : changes) {
            if (change.from.is_file() && !change.to.is_file()) leaving_.insert(change.path);
        }
        return {};
    }

    // The mark that hides changes of a path from git; empty: none.
    std::string_view mark_of(const std::string& path) const {
        const git_index_entry* entry = git_index_get_bypath(index_.get(), path.c_str(), 0);
        if (entry == nullptr) return {};
        if ((entry->flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE) != 0) return "skip-worktree";
        return (entry->flags & GIT_INDEX_ENTRY_VALID) != 0 ? "assume-unchanged" : std::string_view{};
    }

    // The path whose content would be lost; nullopt if none.
    Result<std::optional<std::string>> check(const Change& change) {
        if (!is_index_clean(change)) return found(change.path);
        if (auto parent = blocking_parent(change.path)) return found(std::move(*parent));
        if (change.from.absent()) return check_addition(change);
        if (change.from.is_submodule()) return check_submodule(change);
        return check_tracked(change);
    }

private:
    using Answer = std::optional<std::string>;
    static Result<Answer> found(std::string path) { return Answer(std::move(path)); }
    static Result<Answer> none() { return Answer(); }

    // The staged content is one of the two versions.
    bool is_index_clean(const Change& change) const {
        for (int stage = 1; stage <= 3; ++stage) {
            if (git_index_get_bypath(index_.get(), change.path.c_str(), stage) != nullptr) return false;
        }
        const git_index_entry* entry = git_index_get_bypath(index_.get(), change.path.c_str(), 0);
        const BlobVersion staged =
            entry == nullptr ? BlobVersion{} : BlobVersion{canonical_mode(entry->mode), entry->id};
        return staged == change.from || staged == change.to;
    }

    // git's own short cut: the file has not changed since the index recorded it.
    bool is_untouched(const Change& change) const {
        const git_index_entry* entry = git_index_get_bypath(index_.get(), change.path.c_str(), 0);
        struct stat info {};
        if (entry == nullptr || !(BlobVersion{entry->mode, entry->id} == change.from)) return false;
        if (::lstat((root_ / change.path).c_str(), &info) != 0) return false;
        if (change.from.is_link() && !from_.makes_links()) return false;
        const bool same_kind = change.from.is_link() ? S_ISLNK(info.st_mode) : S_ISREG(info.st_mode);
        const bool same_mode = change.from.is_link() || change.from.is_executable() == ((info.st_mode & S_IXUSR) != 0);
        const auto seconds = static_cast<std::int32_t>(info.st_mtim.tv_sec);
        const auto nanoseconds = static_cast<std::uint32_t>(info.st_mtim.tv_nsec);
        const bool same_time = entry->mtime.seconds == seconds &&
                               (entry->mtime.nanoseconds == 0 || entry->mtime.nanoseconds == nanoseconds) &&
                               entry->ctime.seconds == static_cast<std::int32_t>(info.st_ctim.tv_sec) &&
                               (entry->ctime.nanoseconds == 0 ||
                                entry->ctime.nanoseconds == static_cast<std::uint32_t>(info.st_ctim.tv_nsec));
        // Written in the same clock tick as the index: a later change could look the same.
        const bool is_racy = info.st_mtim.tv_sec > index_time_.tv_sec ||
                             (info.st_mtim.tv_sec == index_time_.tv_sec &&
                              (entry->mtime.nanoseconds == 0 || info.st_mtim.tv_nsec >= index_time_.tv_nsec));
        return same_kind && same_mode && same_time && !is_racy &&
               entry->file_size == static_cast<std::uint32_t>(info.st_size) &&
               entry->ino == static_cast<std::uint32_t>(info.st_ino);
    }

    Result<Answer> check_tracked(const Change& change) const {
        if (is_untouched(change)) return none();
        const fs::path file = root_ / change.path;
        GUP_TRY(const Presence old_state, from_.compare(file, change.path, change.from));
        if (old_state == Presence::same) return none();
        if (old_state == Presence::missing && (change.to.absent() || !mark_of(change.path).empty())) return none();
        // Somebody has already written the new version here.
        GUP_TRY(const Presence new_state, to_.compare(file, change.path, change.to));
        return new_state == Presence::same && change.to.is_file() ? none() : found(change.path);
    }

    Result<Answer> check_addition(const Change& change) const {
        const fs::path file = root_ / change.path;
        GUP_TRY(const Presence state, to_.compare(file, change.path, change.to));
        if (state == Presence::missing || state == Presence::same) return none();
        if (state == Presence::folder) return check_folder(change.path);
        return is_renamed_in_case(change.path) ? none() : found(change.path);
    }

    // Where case does not matter to the file system, the new name leads to the file of an old one.
    bool is_renamed_in_case(const std::string& path) const {
        struct stat here {};
        if (::lstat((root_ / path).c_str(), &here) != 0) return false;
        return std::any_of(leaving_.begin(), leaving_.end(), [&](const std::string& old) {
            struct stat there {};
            return equals_ignoring_case(old, path) && ::lstat((root_ / old).c_str(), &there) == 0 &&
                   there.st_dev == here.st_dev && there.st_ino == here.st_ino;
        });
    }

    Result<Answer> check_submodule(const Change& change) const {
        return change.to.is_file() ? check_folder(change.path) : none();
    }

    // Something on the way to `path` that is not a folder, and that the update does not remove.
    Answer blocking_parent(const std::string& path) {
        for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
            std::string parent = path.substr(0, slash);
            if (folders_.count(parent) != 0) continue;
            struct stat info {};
            if (::lstat((root_ / parent).c_str(), &info) != 0) return {};
            if (S_ISDIR(info.st_mode)) {
                folders_.insert(std::move(parent));
                continue;
            }
            return leaving_.count(parent) != 0 ? Answer{} : Answer(parent);
        }
        return {};
    }

    // A folder in the place of a new file: it may contain only files that the update removes.
    Result<Answer> check_folder(const std::string& path) const {
        GUP_TRY(const auto names, list_folder(root_ / path));
        for (const std::string& name : names) {
            const std::string child = fmt::format("{}/{}", path, name);
            struct stat info {};
            if (::lstat((root_ / child).c_str(), &info) != 0) continue;
            if (S_ISDIR(info.st_mode)) {
                GUP_TRY(auto inner, check_folder(child));
                if (inner) return found(std::move(*inner));
            } else if (leaving_.count(child) == 0) {
                return found(child);
            }
        }
        return none();
    }

    fs::path root_;
    const Contents& from_;
    const Contents& to_;
    Index index_;
    timespec index_time_{};
    std::set<std::string> leaving_;  // files that the update removes
    std::set<std::string> folders_;  // seen to be real folders
};

}  // namespace

Result<std::vector<std::string>> find_conflicts(const Opened& opened, const std::vector<Change>& changes,
                                                const Contents& from, const Contents& to) {
    ConflictFinder finder(opened, from, to);
    GUP_CHECK(finder.prepare(opened, changes));
    std::set<std::string> conflicts;
    for (const Change& change : changes) {
        GUP_TRY(auto path, finder.check(change));
        if (!path) continue;
        if (const auto mark = finder.mark_of(*path); !mark.empty()) return hidden_change(*path, mark);
        conflicts.insert(std::move(*path));
    }
    return std::vector<std::string>(conflicts.begin(), conflicts.end());
}

}  // namespace gup::git

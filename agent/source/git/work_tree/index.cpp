// SPDX-License-Identifier: Apache-2.0
#include "source/git/work_tree/index.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/libgit2/opened.hpp"
#include "util/sys/directory.hpp"

namespace gup::git {
namespace {

void fill_stat(git_index_entry& entry, const struct stat& info) {
    // The index keeps 32 bits of each; so does git.
    entry.ctime.seconds = static_cast<std::int32_t>(info.st_ctim.tv_sec);
    entry.ctime.nanoseconds = static_cast<std::uint32_t>(info.st_ctim.tv_nsec);
    entry.mtime.seconds = static_cast<std::int32_t>(info.st_mtim.tv_sec);
    entry.mtime.nanoseconds = static_cast<std::uint32_t>(info.st_mtim.tv_nsec);
    entry.dev = static_cast<std::uint32_t>(info.st_dev);
    entry.ino = static_cast<std::uint32_t>(info.st_ino);
    entry.uid = info.st_uid;
    entry.gid = info.st_gid;
    entry.file_size = static_cast<std::uint32_t>(info.st_size);
}

Status flush_file(const fs::path& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.valid() || ::fsync(fd.get()) != 0) {
        return errno_error(errno, fmt::format("cannot flush {}", path.string()));
    }
    return {};
}

Result<Index> copy_index(const Opened& opened, const fs::path& copy, const git_oid& commit, BrokenIndex broken) {
    const std::string act = fmt::format("cannot read the index of {}", opened.name());
    constexpr std::uint64_t limit = 1U << 30U;
    auto content = read_file(opened.git_folder() / "index", limit);
    if (!content && content.error().code != ErrorCode::not_found) return content.error();
    if (content) GUP_CHECK(write_file_atomically(copy, *content));
    Index index;
    const int code = git_index_open(Out(index), copy.c_str());
    if (code == 0) return index;
    if (broken == BrokenIndex::fail) return failure(code, act);
    ::unlink(copy.c_str());
    int again = git_index_open(Out(index), copy.c_str());
    if (again == 0 && git_oid_is_zero(&commit) == 0) {
        GUP_TRY(const Tree tree, find_tree(opened.get(), commit));
        again = git_index_read_tree(index.get(), tree.get());
        for (std::size_t i = 0; again == 0 && i < git_index_entrycount(index.get()); ++i) {
            git_index_entry entry = *git_index_get_byindex(index.get(), i);
            if (entry.mode == canonical_mode(entry.mode)) continue;
            entry.mode = canonical_mode(entry.mode);
            again = git_index_add(index.get(), &entry);
        }
    }
    if (again != 0) return failure(again, act);
    return index;
}

Status update_entry(git_index* index, const fs::path& root, const Change& change) {
    const std::string act = fmt::format("cannot add {} to the index", change.path);
    if (change.to.absent()) {
        const int code = git_index_remove(index, change.path.c_str(), 0);
        if (code != 0 && code != GIT_ENOTFOUND) return failure(code, act);
        git_error_clear();
        return {};
    }
    git_index_entry entry{};
    if (const git_index_entry* present = git_index_get_bypath(index, change.path.c_str(), 0)) {
        entry.flags = static_cast<std::uint16_t>(present->flags & GIT_INDEX_ENTRY_VALID);
        entry.flags_extended = static_cast<std::uint16_t>(present->flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE);
    }
    entry.path = change.path.c_str();
    entry.mode = change.to.mode;
    entry.id = change.to.id;
    struct stat info {};
    if (::lstat((root / change.path).c_str(), &info) == 0) {
        fill_stat(entry, info);
        if (change.to.is_submodule()) entry.file_size = 0;
    }
    if (const int code = git_index_add(index, &entry); code != 0) return failure(code, act);
    return {};
}

constexpr std::string_view our_mark = "gup-agent\n";

}  // namespace

Status write_index(const Opened& opened, const std::vector<Change>& changes, const IndexRequest& request) {
    GUP_CHECK(make_folders(request.staging));
    const fs::path copy = request.staging / "index";
    GUP_TRY(const Index index, copy_index(opened, copy, request.commit, request.broken));
    const fs::path root = opened.work_tree();
    for (const Change& change : changes) GUP_CHECK(update_entry(index.get(), root, change));
    if (const int code = git_index_write(index.get()); code != 0) {
        return failure(code, fmt::format("cannot write {}", copy.string()));
    }
    GUP_CHECK(flush_file(copy));
    const fs::path target = opened.git_folder() / "index";
    if (::rename(copy.c_str(), target.c_str()) != 0) {
        return errno_error(errno, fmt::format("cannot replace {}", target.string()));
    }
    return {};
}

Result<IndexLock> IndexLock::acquire(const fs::path& git_folder) {
    const fs::path path = git_folder / "index.lock";
    remove_ours(git_folder);
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!fd.valid() && errno == EEXIST) {
        return Error{ErrorCode::busy,
                     fmt::format("{} exists: another git is running here, or has crashed", path.string()),
                     "if no git runs there, remove the file"};
    }
    if (!fd.valid()) return errno_error(errno, fmt::format("cannot make {}", path.string()));
    IndexLock lock(path);
    GUP_CHECK(write_all(fd.get(), our_mark, path));
    return lock;
}

bool IndexLock::is_ours(const fs::path& git_folder) {
    const auto content = read_file(git_folder / "index.lock");
    return content && *content == our_mark;
}

void IndexLock::remove_ours(const fs::path& git_folder) {
    if (is_ours(git_folder)) ::unlink((git_folder / "index.lock").c_str());
}

void IndexLock::sweep(const fs::path& git_folder) {
    const fs::path path = git_folder / "index.lock";
    // Empty: made, but a power cut came before its content was on the disk.
    if (const auto content = read_file(path); content && (content->empty() || *content == our_mark)) {
        ::unlink(path.c_str());
    }
}

IndexLock::~IndexLock() {
    if (!path_.empty()) ::unlink(path_.c_str());
}

}  // namespace gup::git

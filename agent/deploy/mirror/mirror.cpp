#include "deploy/mirror/mirror.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>

#include "deploy/mirror/files.hpp"
#include "util/sys/directory.hpp"

namespace gup {
namespace {

// What appears beside the release's files while both folders are there.
enum class Sweep : std::uint8_t {
    all,   // what is another file by now, too
    late,  // what is missing, and was changed since
};

class Sweeper {
public:
    Sweeper(const fs::path& from, const fs::path& to, Sweep what, std::int64_t since)
        : from_(from), to_(to), what_(what), since_(since) {}

    Status run(const fs::path& release, const fs::path& before) {
        GUP_TRY(files_, local_files_of(release));
        GUP_TRY(LocalFiles others, local_files_of(before));
        files_.merge(others);
        return look_into({});
    }

private:
    Status look_into(const std::string& below) {
        GUP_TRY(const auto names, list_folder(from_ / below));
        for (const std::string& name : names) {
            const std::string path = below.empty() ? name : fmt::format("{}/{}", below, name);
            GUP_TRY(const auto info, file_info(from_ / path, Follow::no));
            if (!info) continue;
            GUP_TRY(const auto there, file_info(to_ / path, Follow::no));
            const auto known = files_.find(path);
            const bool is_folder = info->kind == FileKind::folder;
            if (is_folder && (known != files_.end() || (there && there->kind == FileKind::folder))) {
                GUP_CHECK(look_into(path));
            } else if (known == files_.end() && is_wanted(*info, there)) {
                GUP_CHECK(move_over(path));
            }
        }
        return {};
    }

    [[nodiscard]] bool is_wanted(const FileInfo& info, const std::optional<FileInfo>& there) const {
        if (what_ == Sweep::late) return !there && info.modified_ns >= since_;
        return !there || (there->inode != info.inode && there->kind != FileKind::folder);
    }

    Status move_over(const std::string& path) const {
        GUP_CHECK(make_folders_above(from_, to_, path));
        if (::rename((from_ / path).c_str(), (to_ / path).c_str()) == 0 || errno == ENOENT) return {};
        return detail::error_for("cannot move", from_ / path);
    }

    const fs::path& from_;
    const fs::path& to_;
    Sweep what_;
    std::int64_t since_;
    LocalFiles files_;
};

Error cannot_exchange(int number, const fs::path& path) {
    if (number == EINVAL || number == ENOSYS) {
        return {ErrorCode::unsupported, fmt::format("the file system of {} cannot exchange two folders", path.string()),
                "put local on ext4, btrfs, xfs or f2fs"};
    }
    return errno_error(number, fmt::format("cannot switch {}", path.string()));
}

Status exchange_or_rename(const fs::path& from, const fs::path& to, unsigned flags) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags) != 0) return cannot_exchange(errno, to);
    return sync_folder(to.parent_path());
}

struct LocalStep {
    fs::path path;
    fs::path beside;
    fs::path release;
    fs::path before;
    std::string inode;  // of the new content
    std::int64_t since = 0;
};

Result<LocalStep> local_step_of(const JournalStep& step) {
    LocalStep local;
    GUP_TRY(local.path, value_of(step, "path"));
    GUP_TRY(local.beside, value_of(step, "beside"));
    GUP_TRY(local.release, value_of(step, "release"));
    GUP_TRY(local.before, value_of(step, "before"));
    GUP_TRY(local.inode, value_of(step, "inode"));
    GUP_TRY(const std::string since, value_of(step, "since"));
    std::from_chars(since.data(), since.data() + since.size(), local.since);
    return local;
}

}  // namespace

Result<JournalStep> mirror_switch_step(const char* kind, const Mirror& local) {
    GUP_TRY(const auto made, file_info(local.beside, Follow::no));
    if (!made) return Error{ErrorCode::io, local.beside.string() + " is gone", {}};
    return JournalStep{kind,
                       {{"path", local.path.string()},
                        {"beside", local.beside.string()},
                        {"release", local.release.string()},
                        {"before", local.before.string()},
                        {"inode", std::to_string(made->inode)},
                        {"since", std::to_string(made->modified_ns)}}};
}

Status switch_mirror(const Mirror& local) {
    if (!is_there(local.path)) return exchange_or_rename(local.beside, local.path, RENAME_NOREPLACE);
    GUP_CHECK(exchange_or_rename(local.beside, local.path, RENAME_EXCHANGE));
    GUP_CHECK(Sweeper(local.beside, local.path, Sweep::all, 0).run(local.release, local.before));
    for (const std::string& path : local.carried) {
        if (!is_there(local.beside / path)) ::unlink((local.path / path).c_str());
    }
    return sync_file_system(local.path);
}

Status undo_mirror_switch(const JournalStep& step) {
    GUP_TRY(const LocalStep local, local_step_of(step));
    GUP_TRY(const auto there, file_info(local.path, Follow::no));
    if (!there || std::to_string(there->inode) != local.inode) return {};
    if (!is_there(local.beside)) return exchange_or_rename(local.path, local.beside, RENAME_NOREPLACE);
    GUP_CHECK(Sweeper(local.path, local.beside, Sweep::all, 0).run(local.release, local.before));
    return exchange_or_rename(local.beside, local.path, RENAME_EXCHANGE);
}

Status finish_mirror_switch(const JournalStep& step) {
    GUP_TRY(const LocalStep local, local_step_of(step));
    if (!is_real_folder(local.beside)) return {};
    GUP_CHECK(Sweeper(local.beside, local.path, Sweep::late, local.since).run(local.release, local.before));
    return remove_tree(local.beside);
}

}  // namespace gup

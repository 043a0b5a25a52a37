// SPDX-License-Identifier: Apache-2.0
#include "transaction/folder_exchange.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <charconv>
#include <cstdio>

#include "core/declaration/gupfile.hpp"
#include "core/generation.hpp"
#include "core/release.hpp"
#include "util/sys/directory.hpp"

namespace gup {
namespace {

using IsLeftOut = bool (*)(const fs::path& folder, const std::string& path);

Status collect_files(const fs::path& folder, const std::string& below, IsLeftOut is_left_out, ReleaseFiles& files) {
    GUP_TRY(const auto names, list_folder(folder / below));
    for (const std::string& name : names) {
        const std::string path = below.empty() ? name : fmt::format("{}/{}", below, name);
        if (is_left_out(folder, path)) continue;
        GUP_TRY(const auto info, file_info(folder / path, Follow::no));
        if (!info) continue;
        files.emplace(path, *info);
        if (info->kind == FileKind::folder) GUP_CHECK(collect_files(folder, path, is_left_out, files));
    }
    return {};
}

bool is_left_out_of_release(const fs::path& release, const std::string& path) {
    const bool is_made = path == generation_virtualenv_name || path == generation_record_name;
    return is_made || is_repository_file(path.substr(path.rfind('/') + 1)) || is_placeholder(release, path);
}

bool is_left_out_by_repo_deploy(const fs::path& /*folder*/, const std::string& path) {
    return path == ".git";
}

// Chooses the files to move over, of those that neither release has.
enum class MoveOver : std::uint8_t {
    all,   // missing files, and files that were replaced meanwhile
    late,  // missing files that were changed since the exchange
};

class Mover {
public:
    Mover(const fs::path& from, const fs::path& to, MoveOver what, std::int64_t since)
        : from_(from), to_(to), what_(what), since_(since) {}

    Status run(const fs::path& release, const fs::path& before) {
        GUP_TRY(files_, files_of_release(release));
        GUP_TRY(ReleaseFiles others, files_of_release(before));
        files_.merge(others);
        return visit({});
    }

private:
    Status visit(const std::string& below) {
        GUP_TRY(const auto names, list_folder(from_ / below));
        for (const std::string& name : names) {
            const std::string path = below.empty() ? name : fmt::format("{}/{}", below, name);
            GUP_TRY(const auto info, file_info(from_ / path, Follow::no));
            if (!info) continue;
            GUP_TRY(const auto there, file_info(to_ / path, Follow::no));
            const auto known = files_.find(path);
            const bool is_folder = info->kind == FileKind::folder;
            if (is_placeholder(from_, path)) continue;
            if (is_folder && (known != files_.end() || (there && there->kind == FileKind::folder))) {
                GUP_CHECK(visit(path));
            } else if (known == files_.end() && is_wanted(*info, there)) {
                GUP_CHECK(move_over(path));
            }
        }
        return {};
    }

    [[nodiscard]] bool is_wanted(const FileInfo& info, const std::optional<FileInfo>& there) const {
        if (what_ == MoveOver::late) return !there && info.modified_ns >= since_;
        return !there || (there->inode != info.inode && there->kind != FileKind::folder);
    }

    Status move_over(const std::string& path) const {
        GUP_CHECK(make_folders_above(from_, to_, path));
        if (::rename((from_ / path).c_str(), (to_ / path).c_str()) == 0 || errno == ENOENT) return {};
        return detail::error_for("cannot move", from_ / path);
    }

    const fs::path& from_;
    const fs::path& to_;
    MoveOver what_;
    std::int64_t since_;
    ReleaseFiles files_;
};

Error cannot_exchange(int number, const fs::path& path) {
    if (number == EINVAL || number == ENOSYS) {
        return {ErrorCode::unsupported, fmt::format("the file system of {} cannot exchange two folders", path.string()),
                "put local on ext4, btrfs, xfs or f2fs"};
    }
    Error error = errno_error(number, fmt::format("cannot switch {}", path.string()));
    if (number != EXDEV) return error;
    return error.with_hint(
        fmt::format("it is in the lower layer of an overlay; cp -a {0} {0}.new && rm -r {0} && mv {0}.new "
                    "{0} brings it into the upper one",
                    path.string()));
}

Status exchange_or_rename(const fs::path& from, const fs::path& to, unsigned flags) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags) != 0) return cannot_exchange(errno, to);
    return sync_folder(to.parent_path());
}

struct RecordedExchange {
    FolderExchange folders;
    std::string inode;  // of the next content
    std::int64_t since = 0;
};

Result<RecordedExchange> read_exchange(const JournalStep& step) {
    RecordedExchange recorded;
    GUP_TRY(recorded.folders.path, value_of(step, "path"));
    GUP_TRY(recorded.folders.with, value_of(step, "with"));
    GUP_TRY(recorded.folders.release, value_of(step, "release"));
    GUP_TRY(recorded.folders.before, value_of(step, "before"));
    GUP_TRY(recorded.inode, value_of(step, "inode"));
    GUP_TRY(const std::string since, value_of(step, "since"));
    std::from_chars(since.data(), since.data() + since.size(), recorded.since);
    recorded.folders.moves_files = !step.values.contains("files");
    return recorded;
}

}  // namespace

Result<ReleaseFiles> files_of_release(const fs::path& release) {
    ReleaseFiles files;
    if (release.empty() || !is_real_folder(release)) return files;
    const bool is_release = is_there(release / generation_record_name);
    GUP_CHECK(collect_files(release, {}, is_release ? is_left_out_of_release : is_left_out_by_repo_deploy, files));
    return files;
}

bool is_placeholder(const fs::path& folder, const std::string& path) {
    constexpr std::uint64_t longest = 64;
    if (path != gupfile_name) return false;
    const auto info = file_info(folder / path, Follow::no).value_or({});
    if (!info || info->kind != FileKind::regular || info->size > longest) return false;
    const auto text = read_file(folder / path, longest);
    return text.ok() && is_placeholder_gupfile(*text);
}

Status make_folders_above(const fs::path& from, const fs::path& to, const std::string& path) {
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        const fs::path made = to / path.substr(0, slash);
        if (is_real_folder(made)) continue;
        if (::mkdir(made.c_str(), 0777) != 0) return detail::error_for("cannot make", made);
        GUP_TRY(const auto info, file_info(from / path.substr(0, slash), Follow::no));
        if (info && ::chmod(made.c_str(), info->mode & 0777U) != 0) return detail::error_for("cannot make", made);
    }
    return {};
}

Result<JournalStep> describe_exchange(const char* kind, const FolderExchange& folders) {
    GUP_TRY(const auto made, file_info(folders.with, Follow::no));
    if (!made) return Error{ErrorCode::io, folders.with.string() + " is gone", {}};
    JournalStep step{kind,
                     {{"path", folders.path.string()},
                      {"with", folders.with.string()},
                      {"release", folders.release.string()},
                      {"before", folders.before.string()},
                      {"inode", std::to_string(made->inode)},
                      {"since", std::to_string(made->modified_ns)}}};
    if (!folders.moves_files) step.values["files"] = "stay";
    return step;
}

bool is_folder_exchange(const JournalStep& step) {
    return step.values.contains("inode");
}

Status exchange_folders(const FolderExchange& folders) {
    if (!is_there(folders.path)) return exchange_or_rename(folders.with, folders.path, RENAME_NOREPLACE);
    GUP_CHECK(exchange_or_rename(folders.with, folders.path, RENAME_EXCHANGE));
    if (!folders.moves_files) return {};
    return Mover(folders.with, folders.path, MoveOver::all, 0).run(folders.release, folders.before);
}

Status undo_folder_exchange(const JournalStep& step) {
    GUP_TRY(const RecordedExchange recorded, read_exchange(step));
    const auto& [path, with, release, before, moves_files] = recorded.folders;
    GUP_TRY(const auto there, file_info(path, Follow::no));
    if (!there || std::to_string(there->inode) != recorded.inode) return {};
    if (!is_there(with)) return exchange_or_rename(path, with, RENAME_NOREPLACE);
    if (moves_files) GUP_CHECK(Mover(path, with, MoveOver::all, 0).run(release, before));
    return exchange_or_rename(with, path, RENAME_EXCHANGE);
}

Status finish_folder_exchange(const JournalStep& step) {
    GUP_TRY(const RecordedExchange recorded, read_exchange(step));
    const auto& [path, with, release, before, moves_files] = recorded.folders;
    if (!is_real_folder(with)) return {};
    if (moves_files) GUP_CHECK(Mover(with, path, MoveOver::late, recorded.since).run(release, before));
    return remove_tree(with);
}

}  // namespace gup

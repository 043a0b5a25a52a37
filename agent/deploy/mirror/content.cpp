// SPDX-License-Identifier: Apache-2.0
#include "deploy/mirror/content.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>

#include "core/generation.hpp"
#include "core/release.hpp"
#include "deploy/mirror/comparison.hpp"
#include "deploy/mirror/location.hpp"
#include "transaction/folder_exchange.hpp"
#include "util/sys/copy_content.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/free_space.hpp"
#include "util/sys/signals.hpp"
#include "util/sys/symlink.hpp"

namespace gup {
namespace {

// By its time find_damage sees that a file is as it was.
void set_time(int fd, const FileInfo& info) {
    constexpr std::int64_t nanoseconds = 1'000'000'000;
    const timespec time{static_cast<time_t>(info.modified_ns / nanoseconds),
                        static_cast<decltype(timespec::tv_nsec)>(info.modified_ns % nanoseconds)};
    const std::array<timespec, 2> times{timespec{0, UTIME_OMIT}, time};
    (void)::futimens(fd, times.data());
}

Status copy_file(const fs::path& from, const fs::path& to, const FileInfo& info) {
    GUP_TRY(const UniqueFd out, copy_to_new_file(from, to, S_IRUSR | S_IWUSR));
    if (::fchmod(out.get(), info.mode & 0777U) != 0) return detail::error_for("cannot write", to);
    set_time(out.get(), info);
    return {};
}

class NextContent {
public:
    explicit NextContent(Mirror& local) : local_(local) {}

    Status plan() {
        GUP_TRY(files_, files_of_release(local_.release));
        GUP_TRY(before_, files_of_release(local_.before));
        release_time_ = release_time(local_.release);
        is_taken_over_ = !local_.before.empty() && !is_there(local_.before / generation_record_name);
        GUP_TRY(const auto there, file_info(local_.path, Follow::no));
        is_first_ = !there || there->kind != FileKind::folder;
        if (!is_first_) device_ = there->device;
        if (!is_first_) mode_ = there->mode & 0777U;
        for (const auto& [path, info] : files_) {
            if (stop_requested()) return Error{ErrorCode::cancelled, "stopped", {}};
            if (info.kind != FileKind::regular) continue;
            const bool stays = stays_as_it_is(path, info);
            if (stays) same_.insert(path);
            if (!stays) bytes_ += info.size;
        }
        return {};
    }

    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] LocalChanges take_changes() { return std::move(changes_); }

    Status make() {
        if (::mkdir(local_.next.c_str(), 0777) != 0) return detail::error_for("cannot create", local_.next);
        for (const auto& [path, info] : files_) {
            if (stop_requested()) return Error{ErrorCode::cancelled, "stopped", {}};
            GUP_CHECK(make_entry(path, info));
        }
        if (!is_first_) GUP_CHECK(carry({}));
        if (!is_first_ && ::chmod(local_.next.c_str(), mode_) != 0) {
            return detail::error_for("cannot create", local_.next);
        }
        return sync_file_system(local_.next);
    }

private:
    // Files with local changes are named and replaced.
    bool stays_as_it_is(const std::string& path, const FileInfo& info) {
        const fs::path here = local_.path / path;
        if (is_first_) return false;
        const auto there = file_info(here, Follow::no).value_or({});
        if (!there) return false;
        const bool is_file = there->kind == FileKind::regular;
        if (is_file && there->size == info.size && there->mode == info.mode) {
            if (have_same_content(here, local_.release / path).value_or(false)) {
                if (there->modified_ns > release_time_) {
                    set_time(UniqueFd(::open(here.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)).get(),
                             info);
                }
                return true;
            }
        }
        if (!is_as_before(path, *there)) changes_.replaced.push_back(path);
        return false;
    }

    // Whether the file is that of the release before.
    [[nodiscard]] bool is_as_before(const std::string& path, const FileInfo& there) const {
        const auto known = before_.find(path);
        if (known == before_.end() || known->second.kind != there.kind) return false;
        switch (there.kind) {
            case FileKind::folder:
                return true;
            case FileKind::link: {
                const std::string text = link_text(local_.path / path);
                return text == link_text(local_.before / path) || text == mirrored_link(local_.before, path);
            }
            case FileKind::regular:
                return known->second.size == there.size &&
                       have_same_content(local_.path / path, local_.before / path).value_or(false);
            case FileKind::other:
                break;
        }
        return false;
    }

    Status make_entry(const std::string& path, const FileInfo& info) {
        const fs::path made = local_.next / path;
        switch (info.kind) {
            case FileKind::folder:
                return ::mkdir(made.c_str(), 0777) == 0 ? Status() : Status(detail::error_for("cannot create", made));
            case FileKind::link: {
                const std::string text = mirrored_link(local_.release, path);
                if (::symlink(text.c_str(), made.c_str()) == 0) return {};
                return detail::error_for("cannot create", made);
            }
            case FileKind::regular:
                if (same_.contains(path) && ::link((local_.path / path).c_str(), made.c_str()) == 0) return {};
                return copy_file(local_.release / path, made, info);
            case FileKind::other:
                break;
        }
        return {};
    }

    // Hard links to all files of neither release, and to files of repo-deploy's that were changed since. Files that cannot
    // be linked are moved after activation.
    Status carry(const std::string& below) {
        GUP_TRY(const auto names, list_folder(local_.path / below));
        for (const std::string& name : names) {
            if (stop_requested()) return Error{ErrorCode::cancelled, "stopped", {}};
            const std::string path = below.empty() ? name : fmt::format("{}/{}", below, name);
            GUP_TRY(const auto info, file_info(local_.path / path, Follow::no));
            if (!info || is_placeholder(local_.path, path)) continue;
            const bool is_folder = info->kind == FileKind::folder;
            if (is_folder && is_mount_point(local_.path / path, device_, *info)) {
                return Error{
                    ErrorCode::conflict,
                    fmt::format("{} is a mount point, which the mirror cannot keep", (local_.path / path).string()),
                    "mount it elsewhere, and put a link in its place"};
            }
            if (is_folder) GUP_CHECK(carry(path));
            if (files_.contains(path) || is_as_before(path, *info)) continue;
            if (before_.contains(path)) {
                (is_taken_over_ ? changes_.kept : changes_.removed).push_back(path);
                if (!is_taken_over_) continue;
            }
            GUP_CHECK(carry_entry(path, is_folder));
        }
        return {};
    }

    Status carry_entry(const std::string& path, bool is_folder) {
        // Also an empty folder.
        GUP_CHECK(make_folders_above(local_.path, local_.next, is_folder ? path + "/" : path));
        if (is_folder) return {};
        const int done = ::linkat(AT_FDCWD, (local_.path / path).c_str(), AT_FDCWD, (local_.next / path).c_str(), 0);
        if (done == 0) local_.carried.push_back(path);
        return {};
    }

    Mirror& local_;
    ReleaseFiles files_;
    ReleaseFiles before_;
    std::set<std::string> same_;
    LocalChanges changes_;
    bool is_taken_over_ = false;  // from repo-deploy
    std::int64_t release_time_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t device_ = 0;
    std::uint32_t mode_ = 0;
    bool is_first_ = false;
};

// Leftovers of a failed removal.
void sweep_next(const fs::path& path) {
    const std::string prefix = fmt::format(".{}{}", path.filename().string(), next_mark);
    const auto names = list_folder(path.parent_path());
    if (!names.ok()) return;
    for (const std::string& name : *names) {
        if (name.starts_with(prefix)) (void)remove_tree(path.parent_path() / name);
    }
}

}  // namespace

Result<LocalChanges> make_next_content(Mirror& local, std::uint64_t reserve) {
    sweep_next(local.path);
    NextContent next(local);
    GUP_CHECK(next.plan());
    GUP_CHECK(require_space(local.path.parent_path(), next.bytes(), reserve));
    GUP_CHECK(next.make());
    return next.take_changes();
}

}  // namespace gup

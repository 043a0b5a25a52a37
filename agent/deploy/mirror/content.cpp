#include "deploy/mirror/content.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>

#include "core/release.hpp"
#include "deploy/mirror/location.hpp"
#include "transaction/folder_exchange.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/free_space.hpp"
#include "util/sys/signals.hpp"
#include "util/sys/symlink.hpp"

namespace gup {
namespace {

Result<bool> have_same_content(const fs::path& left, const fs::path& right) {
    std::array<UniqueFd, 2> fds;
    const std::array<const fs::path*, 2> paths{&left, &right};
    for (std::size_t i = 0; i < 2; ++i) {
        fds.at(i).reset(::open(paths.at(i)->c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
        if (!fds.at(i).valid()) return detail::error_for("cannot read", *paths.at(i));
    }
    std::array<std::array<char, 32768>, 2> buffers{};
    for (off_t at = 0;;) {
        std::array<ssize_t, 2> got{};
        for (std::size_t i = 0; i < 2; ++i) {
            got.at(i) = ::pread(fds.at(i).get(), buffers.at(i).data(), buffers.at(i).size(), at);
            if (got.at(i) < 0) return detail::error_for("cannot read", *paths.at(i));
        }
        const auto length = static_cast<std::size_t>(got[0]);
        if (got[0] != got[1] || !std::equal(buffers[0].begin(), buffers[0].begin() + got[0], buffers[1].begin()))
            return false;
        if (length == 0) return true;
        at += got[0];
    }
}

Status copy_content(const fs::path& from, const fs::path& to, std::uint32_t mode) {
    const UniqueFd in(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!in.valid()) return detail::error_for("cannot read", from);
    const UniqueFd out(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
    if (!out.valid()) return detail::error_for("cannot write", to);
    if (::ioctl(out.get(), FICLONE, in.get()) != 0) {
        std::array<char, 65536> buffer{};
        for (ssize_t got = 0; (got = ::read(in.get(), buffer.data(), buffer.size())) != 0;) {
            if (got < 0) return detail::error_for("cannot read", from);
            GUP_CHECK(write_all(out.get(), {buffer.data(), static_cast<std::size_t>(got)}, to));
        }
    }
    return ::fchmod(out.get(), mode) == 0 ? Status() : Status(detail::error_for("cannot write", to));
}

class NextContent {
public:
    explicit NextContent(Mirror& local) : local_(local) {}

    Status plan() {
        GUP_TRY(files_, files_of_release(local_.release));
        GUP_TRY(before_, files_of_release(local_.before));
        GUP_TRY(const auto there, file_info(local_.path, Follow::no));
        is_first_ = !there;
        if (there) device_ = there->device;
        if (there) mode_ = there->mode & 0777U;
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
    [[nodiscard]] std::vector<std::string> take_replaced() { return std::move(replaced_); }

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
            if (have_same_content(here, local_.release / path).value_or(false)) return true;
        }
        const auto known = before_.find(path);
        const bool is_as_it_was = is_file && known != before_.end() && known->second.size == there->size &&
                                  have_same_content(here, local_.before / path).value_or(false);
        if (!is_as_it_was) replaced_.push_back(path);
        return false;
    }

    Status make_entry(const std::string& path, const FileInfo& info) {
        const fs::path made = local_.next / path;
        switch (info.kind) {
            case FileKind::folder:
                return ::mkdir(made.c_str(), 0777) == 0 ? Status() : Status(detail::error_for("cannot create", made));
            case FileKind::link: {
                const std::string text = link_outside_release(path);
                if (::symlink(text.c_str(), made.c_str()) == 0) return {};
                return detail::error_for("cannot create", made);
            }
            case FileKind::regular:
                if (same_.contains(path) && ::link((local_.path / path).c_str(), made.c_str()) == 0) return {};
                return copy_content(local_.release / path, made, info.mode & 0777U);
            case FileKind::other:
                break;
        }
        return {};
    }

    // A link out of the release leads to a shared path; it becomes absolute.
    [[nodiscard]] std::string link_outside_release(const std::string& path) const {
        std::string text = link_text(local_.release / path);
        if (link_stays_inside(path, text)) return text;
        return ((local_.release / path).parent_path() / text).lexically_normal().string();
    }

    // Hard links to all files of neither release. Files that cannot be linked are moved after activation.
    Status carry(const std::string& below) {
        GUP_TRY(const auto names, list_folder(local_.path / below));
        for (const std::string& name : names) {
            if (stop_requested()) return Error{ErrorCode::cancelled, "stopped", {}};
            const std::string path = below.empty() ? name : fmt::format("{}/{}", below, name);
            GUP_TRY(const auto info, file_info(local_.path / path, Follow::no));
            if (!info) continue;
            const bool is_folder = info->kind == FileKind::folder;
            if (is_folder && is_mount_point(local_.path / path, device_, *info)) {
                return Error{
                    ErrorCode::conflict,
                    fmt::format("{} is a mount point, which the mirror cannot keep", (local_.path / path).string()),
                    "mount it elsewhere, and put a link in its place"};
            }
            if (is_folder) GUP_CHECK(carry(path));
            if (!files_.contains(path) && !before_.contains(path)) GUP_CHECK(carry_entry(path, is_folder));
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
    std::vector<std::string> replaced_;
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

Result<std::vector<std::string>> make_next_content(Mirror& local, std::uint64_t reserve) {
    sweep_next(local.path);
    NextContent next(local);
    GUP_CHECK(next.plan());
    GUP_CHECK(require_space(local.path.parent_path(), next.bytes(), reserve));
    GUP_CHECK(next.make());
    return next.take_replaced();
}

}  // namespace gup

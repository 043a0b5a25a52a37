// SPDX-License-Identifier: Apache-2.0
#include "util/sys/free_space.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>

#include "util/sys/directory.hpp"
#include "util/units.hpp"

namespace gup {
namespace {

constexpr std::size_t unwritable_shown = 3;
constexpr std::uint64_t block = 512;  // the unit of st_blocks on every file system

bool may(const fs::path& path, int mode) {
    return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0 || errno == EROFS;
}

class Walk {
public:
    explicit Walk(Milliseconds patience) : end_(system_clock().monotonic() + patience) {}

    DiskUsage walk(const fs::path& folder) {
        struct stat status {};
        if (::lstat(folder.c_str(), &status) != 0) return {};
        device_ = status.st_dev;
        add(status);
        if (S_ISDIR(status.st_mode)) pending_.push_back(folder);
        while (!pending_.empty() && usage_.complete) {
            const fs::path next = std::move(pending_.back());
            pending_.pop_back();
            look_into(next);
        }
        return std::move(usage_);
    }

private:
    void add(const struct stat& status) {
        usage_.bytes += static_cast<std::uint64_t>(status.st_blocks) * block;
        ++usage_.files;
    }

    void look_into(const fs::path& folder) {
        usage_.complete = system_clock().monotonic() < end_;
        if (usage_.unwritable.size() < unwritable_shown && !can_write_folder(folder)) {
            usage_.unwritable.push_back(folder);
        }
        const auto names = list_folder(folder);
        if (!names.ok()) {
            if (usage_.unreadable.empty() && names.error().code == ErrorCode::permission) usage_.unreadable = folder;
            return;
        }
        for (const std::string& name : *names) {
            const fs::path path = folder / name;
            struct stat status {};
            if (::lstat(path.c_str(), &status) != 0 || status.st_dev != device_) continue;
            add(status);
            if (S_ISDIR(status.st_mode)) pending_.push_back(path);
        }
    }

    Milliseconds end_;
    dev_t device_ = 0;
    std::vector<fs::path> pending_;
    DiskUsage usage_;
};

}  // namespace

Result<std::uint64_t> free_space(const fs::path& path) {
    struct statvfs space {};
    if (::statvfs(path.c_str(), &space) != 0)
        return errno_error(errno, "cannot find the free space of " + path.native());
    return std::uint64_t{space.f_bavail} * std::uint64_t{space.f_frsize};
}

Status require_space(const fs::path& path, std::uint64_t needed, std::uint64_t reserve) {
    GUP_TRY(const std::uint64_t free, free_space(path));
    if (free >= needed + reserve) return {};
    return Error{ErrorCode::no_space,
                 fmt::format("no disk space at {}: {} are needed and {} must stay free, but {} are free", path.string(),
                             format_size(needed), format_size(reserve), format_size(free)),
                 "free some space there; the next run tries again"};
}

Status SpaceWatch::admit() const {
    if (reserve_ == 0) return {};
    GUP_TRY(const std::uint64_t free, free_space(folder_));
    if (free >= reserve_) return {};
    const std::string so_far =
        written_ == 0 ? std::string() : fmt::format(" after {} were written", format_size(written_));
    return Error{ErrorCode::no_space,
                 fmt::format("no disk space at {}: {} must stay free (update.disk-reserve), but {} are free{}",
                             folder_.string(), format_size(reserve_), format_size(free), so_far),
                 "free some space there; the next run tries again"};
}

Status SpaceWatch::spend(std::uint64_t bytes) {
    written_ += bytes;
    if (written_ < next_look_) return {};
    next_look_ = written_ + mebibyte;
    return admit();
}

Status require_writable(const fs::path& folder) {
    if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0) return {};
    const int number = errno;
    return errno_error(number, fmt::format("cannot write to {}", folder.string()))
        .with_hint(number == EROFS ? "the file system is mounted read-only" : "");
}

DiskUsage disk_usage(const fs::path& folder, Milliseconds patience) {
    return Walk(patience).walk(folder);
}

bool can_write_folder(const fs::path& folder) {
    return may(folder, W_OK | X_OK);
}

bool can_write_file(const fs::path& path) {
    return may(path, W_OK);
}

Result<FileSystem> file_system_of(const fs::path& path) {
    FileSystem system;
    struct stat status {};
    for (system.place = path; ::stat(system.place.c_str(), &status) != 0; system.place = system.place.parent_path()) {
        if (!system.place.has_relative_path()) return errno_error(errno, "cannot access " + path.native());
    }
    struct statvfs space {};
    if (::statvfs(system.place.c_str(), &space) != 0) {
        return errno_error(errno, "cannot find the free space of " + system.place.native());
    }
    const std::uint64_t unit = space.f_frsize != 0 ? space.f_frsize : space.f_bsize;
    system.device = status.st_dev;
    system.free_bytes = std::uint64_t{space.f_bavail} * unit;
    system.free_files = space.f_favail;
    system.counts_files = space.f_files != 0;
    system.read_only = (space.f_flag & ST_RDONLY) != 0;
    return system;
}

}  // namespace gup

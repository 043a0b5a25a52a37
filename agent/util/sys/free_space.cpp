#include "util/sys/free_space.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>

#include "util/units.hpp"

namespace gup {

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

}  // namespace gup

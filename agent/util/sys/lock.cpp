#include "util/sys/lock.hpp"

#include <fcntl.h>

#include <cerrno>

#include "util/sys/directory.hpp"

namespace gup {
namespace {

struct flock whole_file(short type) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    return lock;
}

Error busy_error(int fd, const std::filesystem::path& path) {
    struct flock lock = whole_file(F_WRLCK);
    std::string message = path.native() + " is locked";
    if (::fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK && lock.l_pid > 0) {
        message += " by process " + std::to_string(lock.l_pid);
    }
    return {ErrorCode::busy, std::move(message), {}};
}

}  // namespace

Result<FileLock> FileLock::try_take(const std::filesystem::path& path) {
    GUP_CHECK(make_folders(path.parent_path(), 0755));
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644));
    if (!fd.valid()) {
        const int number = errno;
        const Error error = errno_error(number, "cannot open " + path.native());
        return number == EACCES ? error.with_hint("start it as root, or as the owner of the folder") : error;
    }

    struct flock lock = whole_file(F_WRLCK);
    if (::fcntl(fd.get(), F_SETLK, &lock) == 0) return FileLock(std::move(fd));
    if (errno == EACCES || errno == EAGAIN) return busy_error(fd.get(), path);
    return errno_error(errno, "cannot lock " + path.native());
}

void FileLock::set_over_exec(OverExec choice) noexcept {
    (void)::fcntl(fd_.get(), F_SETFD, choice == OverExec::keep ? 0 : FD_CLOEXEC);
}

Result<int> lock_holder(const std::filesystem::path& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!fd.valid()) {
        if (errno == ENOENT) return 0;
        return errno_error(errno, "cannot open " + path.native());
    }
    struct flock lock = whole_file(F_WRLCK);
    if (::fcntl(fd.get(), F_GETLK, &lock) != 0)
        return errno_error(errno, "cannot find the process that has locked " + path.native());
    return lock.l_type == F_UNLCK ? 0 : static_cast<int>(lock.l_pid);
}

}  // namespace gup

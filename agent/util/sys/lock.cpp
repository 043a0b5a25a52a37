// SPDX-License-Identifier: Apache-2.0
#include "util/sys/lock.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "util/sys/directory.hpp"
#include "util/sys/file.hpp"

namespace gup {
namespace {

struct flock whole_file(short type) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    return lock;
}

// True for a process of root or of this user. A process that has ended meanwhile is one of them, too.
bool may_be_an_agent(pid_t pid) {
    struct stat process {};
    if (::stat(("/proc/" + std::to_string(pid)).c_str(), &process) != 0) return true;
    return process.st_uid == 0 || process.st_uid == ::geteuid();
}

Error busy_error(int fd, const std::filesystem::path& path) {
    struct flock lock = whole_file(F_WRLCK);
    std::string message = path.native() + " is locked";
    if (::fcntl(fd, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK || lock.l_pid <= 0) {
        return {ErrorCode::busy, std::move(message), {}};
    }
    const std::string pid = std::to_string(lock.l_pid);
    message += " by process " + pid;
    if (may_be_an_agent(lock.l_pid)) return {ErrorCode::busy, std::move(message), {}};
    return {ErrorCode::permission, message + " of another user, which is not an agent", "end it: kill " + pid};
}

// A read lock needs only the right to read, and is in the way of ours: no other user may open the file.
void make_private(int fd) {
    struct stat info {};
    if (::fstat(fd, &info) == 0 && (info.st_mode & 0077U) != 0) (void)::fchmod(fd, 0600);
}

}  // namespace

Result<FileLock> FileLock::try_take(const std::filesystem::path& path) {
    GUP_CHECK(make_folders(path.parent_path(), 0755));
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600));
    if (!fd.valid()) {
        const int number = errno;
        const Error error = errno_error(number, "cannot open " + path.native());
        return number == EACCES ? error.with_hint("start it as root, or as the owner of the folder") : error;
    }

    make_private(fd.get());
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

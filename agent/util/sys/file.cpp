// SPDX-License-Identifier: Apache-2.0
#include "util/sys/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <limits>

#include "util/sys/directory.hpp"

namespace gup {
namespace {

using detail::error_for;

constexpr std::string_view temporary_prefix = ".gup-tmp-";

FileKind kind_of(mode_t mode) {
    if (S_ISREG(mode)) return FileKind::regular;
    if (S_ISDIR(mode)) return FileKind::folder;
    if (S_ISLNK(mode)) return FileKind::link;
    return FileKind::other;
}

FileInfo to_info(const struct stat& status) {
    FileInfo info;
    info.kind = kind_of(status.st_mode);
    info.size = static_cast<std::uint64_t>(status.st_size);
    info.modified_ns = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + std::int64_t{status.st_mtim.tv_nsec};
    info.device = status.st_dev;
    info.inode = status.st_ino;
    info.owner = status.st_uid;
    info.group = status.st_gid;
    info.mode = status.st_mode & 07777U;
    return info;
}

bool is_kind(const fs::path& path, FileKind kind) {
    const auto info = file_info(path);
    return info.ok() && info.value() && info.value()->kind == kind;
}

// A file with a temporary name. It is removed unless it was renamed.
struct TemporaryFile {
    UniqueFd fd;
    fs::path path;

    TemporaryFile() = default;
    TemporaryFile(TemporaryFile&&) = default;
    TemporaryFile& operator=(TemporaryFile&&) = default;
    ~TemporaryFile() {
        if (fd.valid()) ::unlink(path.c_str());
    }
};

// It is locked while it is written. So sweep_temporary_files can tell it from a file that a killed process left.
Result<TemporaryFile> make_temporary_file(const fs::path& target, const fs::path& folder) {
    static std::atomic<unsigned> counter{0};
    constexpr int attempts = 100;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        TemporaryFile file;
        file.path =
            folder / (std::string(temporary_prefix) + std::to_string(::getpid()) + "-" + std::to_string(counter++));
        file.fd.reset(::open(file.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (!file.fd.valid()) {
            if (errno == EEXIST) continue;
            return error_for("cannot write", target);
        }
        (void)::flock(file.fd.get(), LOCK_EX);
        struct stat status {};
        if (::fstat(file.fd.get(), &status) == 0 && status.st_nlink > 0) return file;
        file.fd.reset();  // a sweep came between open and flock
    }
    return error_for("cannot write", target, EEXIST);
}

}  // namespace

Error detail::error_for(std::string_view act, const fs::path& path, int number) {
    return errno_error(number, std::string(act) + " " + path.native());
}

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
}

int UniqueFd::release() noexcept {
    const int fd = fd_;
    fd_ = -1;
    return fd;
}

void UniqueFd::reset(int fd) noexcept {
    if (fd_ >= 0) {
        const int saved_errno = errno;
        ::close(fd_);
        errno = saved_errno;
    }
    fd_ = fd;
}

Result<std::optional<FileInfo>> file_info(const fs::path& path, Follow follow) {
    struct stat status {};
    const int flags = follow == Follow::yes ? 0 : AT_SYMLINK_NOFOLLOW;
    if (::fstatat(AT_FDCWD, path.c_str(), &status, flags) == 0) return std::optional<FileInfo>(to_info(status));
    if (errno == ENOENT || errno == ENOTDIR) return std::optional<FileInfo>();
    return error_for("cannot access", path);
}

bool is_file(const fs::path& path) {
    return is_kind(path, FileKind::regular);
}

bool is_folder(const fs::path& path) {
    return is_kind(path, FileKind::folder);
}

bool is_real_folder(const fs::path& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool is_there(const fs::path& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0;
}

bool is_executable(const fs::path& path) {
    return is_file(path) && ::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) == 0;
}

bool is_below(const fs::path& path, const fs::path& folder) {
    const auto [end, unused] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
    return end == folder.end();
}

Result<std::string> read_file(const fs::path& path, std::uint64_t limit) {
    // Non-blocking: a pipe in the place of a file must not block the run.
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd.valid()) return error_for("cannot read", path);
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return error_for("cannot read", path);
    if (S_ISDIR(status.st_mode)) return error_for("cannot read", path, EISDIR);
    if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode)) {
        return Error{ErrorCode::invalid_input, "cannot read " + path.native() + ": not a regular file", {}};
    }

    const Error too_long{
        ErrorCode::invalid_input, path.native() + " is longer than " + std::to_string(limit) + " bytes", {}};
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size > limit || size >= std::numeric_limits<std::size_t>::max()) return too_long;

    // One byte more than its size, so that one read sees the end. /proc reports size 0 for everything.
    std::string content;
    std::size_t used = 0;
    constexpr std::size_t step = 4096;
    content.resize(static_cast<std::size_t>(size) + 1);
    for (;;) {
        if (used == content.size()) content.resize(used + std::max(step, used));
        const ssize_t count = ::read(fd.get(), content.data() + used, content.size() - used);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return error_for("cannot read", path);
        if (count == 0) break;
        used += static_cast<std::size_t>(count);
        if (used > limit) return too_long;
    }
    content.resize(used);
    return content;
}

Result<std::string> read_others_file(const fs::path& path, std::uint64_t limit) {
    const UniqueFd fd(::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {};
    if (!fd.valid() || ::fstat(fd.get(), &status) != 0) return error_for("cannot read", path);
    if (S_ISREG(status.st_mode)) return read_file("/proc/self/fd/" + std::to_string(fd.get()), limit);
    return Error{ErrorCode::invalid_input, "cannot read " + path.native() + ": not a regular file", {}};
}

Status read_pieces(const fs::path& path, const std::function<void(std::string_view)>& take) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW));
    struct stat status {};
    if (!fd.valid() || ::fstat(fd.get(), &status) != 0) return error_for("cannot read", path);
    if (!S_ISREG(status.st_mode)) {
        return Error{ErrorCode::invalid_input, "cannot read " + path.native() + ": not a regular file", {}};
    }
    std::vector<char> buffer(std::size_t{64} << 10U);
    for (;;) {
        const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return error_for("cannot read", path);
        if (count == 0) return {};
        take({buffer.data(), static_cast<std::size_t>(count)});
    }
}

Status write_all(int fd, std::string_view content, const fs::path& path) {
    while (!content.empty()) {
        const ssize_t written = ::write(fd, content.data(), content.size());
        if (written >= 0) {
            content.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno != EINTR) {
            return error_for("cannot write", path);
        }
    }
    return {};
}

Status write_file_atomically(const fs::path& path, std::string_view content, std::uint32_t mode) {
    const fs::path parent = path.parent_path();
    const fs::path folder = parent.empty() ? fs::path(".") : parent;
    GUP_TRY(const auto existing, file_info(path));
    if (existing && existing->kind == FileKind::folder) return error_for("cannot write", path, EISDIR);

    GUP_TRY(TemporaryFile file, make_temporary_file(path, folder));
    const mode_t final_mode = existing ? existing->mode : mode;
    GUP_CHECK(write_all(file.fd.get(), content, path));
    if (::fchmod(file.fd.get(), final_mode) != 0 || ::fsync(file.fd.get()) != 0) return error_for("cannot write", path);
    if (::rename(file.path.c_str(), path.c_str()) != 0) return error_for("cannot replace", path);
    file.fd.reset();
    return sync_folder(folder);
}

void sweep_temporary_files(const fs::path& folder) {
    const auto names = list_folder(folder);
    if (!names.ok()) return;
    for (const std::string& name : names.value()) {
        if (!name.starts_with(temporary_prefix)) continue;
        const fs::path path = folder / name;
        const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
        if (fd.valid() && ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) ::unlink(path.c_str());
    }
}

}  // namespace gup

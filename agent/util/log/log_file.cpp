// SPDX-License-Identifier: Apache-2.0
#include "util/log/log_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <tuple>
#include <utility>

#include "util/sys/symlink.hpp"

namespace gup::log {
namespace {

// Not blocking: a reader of a pipe that hangs must not stop the agent for ever.
constexpr int write_flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
constexpr mode_t new_mode = 0644;

Status write_patiently(int fd, std::string_view text, const fs::path& path) {
    constexpr int patience_ms = 5'000;
    while (!text.empty()) {
        const ssize_t done = ::write(fd, text.data(), text.size());
        if (done >= 0) {
            text.remove_prefix(static_cast<std::size_t>(done));
        } else if (errno == EAGAIN) {
            pollfd waiting{fd, POLLOUT, 0};
            if (::poll(&waiting, 1, patience_ms) == 0) {
                return Error{ErrorCode::timeout, "nobody reads " + path.native(), {}};
            }
        } else if (errno != EINTR) {
            return detail::error_for("cannot write", path);
        }
    }
    return {};
}

Status copy_all(int from, const fs::path& source, const fs::path& to) {
    (void)::unlink(to.c_str());
    const UniqueFd out(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, new_mode));
    if (!out.valid()) return detail::error_for("cannot create", to);
    std::array<char, 65536> buffer{};
    off_t at = 0;
    for (;;) {
        const ssize_t got = ::pread(from, buffer.data(), buffer.size(), at);
        if (got < 0) return detail::error_for("cannot read", source);
        if (got == 0) return {};
        GUP_CHECK(write_all(out.get(), {buffer.data(), static_cast<std::size_t>(got)}, to));
        at += got;
    }
}

}  // namespace

Result<LogFile> LogFile::open(const fs::path& path, const Limits& limits) {
    LogFile file(path, limits);
    file.fd_.reset(::open(path.c_str(), write_flags | O_CREAT, new_mode));
    struct stat info {};
    if (!file.fd_.valid() || ::fstat(file.fd_.get(), &info) != 0) return detail::error_for("cannot open", path);
    const auto place = followed(path);
    const auto there = place ? file_info(*place, Follow::no).value_or({}) : std::nullopt;
    file.may_rotate_ = S_ISREG(info.st_mode) && there && there->inode == info.st_ino && there->device == info.st_dev;
    if (file.may_rotate_) file.place_ = *place;
    return file;
}

bool LogFile::is_in_place() const {
    struct stat open {};
    struct stat there {};
    return ::fstat(fd_.get(), &open) == 0 && ::stat(path_.c_str(), &there) == 0 && open.st_ino == there.st_ino &&
           open.st_dev == there.st_dev;
}

Status LogFile::write(std::string_view line) {
    struct stat info {};
    if (may_rotate_ && ::fstat(fd_.get(), &info) == 0) {
        const auto size = static_cast<std::uint64_t>(info.st_size);
        if (size > 0 && size + line.size() > limits_.size) {
            if (Status done = rotate(info); !done.ok()) {
                may_rotate_ = false;
                problem_ = std::move(done).error();
            }
        }
    }
    return write_patiently(fd_.get(), line, path_);
}

std::optional<Error> LogFile::take_problem() {
    return std::exchange(problem_, std::nullopt);
}

fs::path LogFile::older(unsigned number) const {
    return place_.parent_path() / fmt::format("{}.{}{}", place_.stem().string(), number, place_.extension().string());
}

Status LogFile::shift_older() const {
    for (unsigned number = limits_.older; number > 1; --number) {
        const fs::path from = older(number - 1);
        if (::rename(from.c_str(), older(number).c_str()) != 0 && errno != ENOENT) {
            return detail::error_for("cannot rename", from);
        }
    }
    return {};
}

Status LogFile::rotate(const struct stat& info) {
    if (limits_.older == 0) {
        return ::ftruncate(fd_.get(), 0) == 0 ? Status{} : Status{detail::error_for("cannot empty", place_)};
    }
    GUP_CHECK(shift_older());
    if (info.st_nlink > 1) return copy_and_empty();
    if (::rename(place_.c_str(), older(1).c_str()) == 0) return start_new(info);
    if (errno == EBUSY) return copy_and_empty();
    return detail::error_for("cannot rename", place_);
}

// Without a new file, the old one, which has another name now, is written until the next line opens it again.
Status LogFile::start_new(const struct stat& before) {
    UniqueFd fd(::open(place_.c_str(), write_flags | O_CREAT | O_EXCL | O_NOFOLLOW, new_mode));
    if (!fd.valid()) return detail::error_for("cannot create", place_);
    std::ignore = ::fchown(fd.get(), before.st_uid, before.st_gid);
    (void)::fchmod(fd.get(), before.st_mode & 0777U);
    fd_ = std::move(fd);
    return {};
}

Status LogFile::copy_and_empty() const {
    const UniqueFd in(::open(place_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!in.valid()) return detail::error_for("cannot read", place_);
    GUP_CHECK(copy_all(in.get(), place_, older(1)));
    return ::ftruncate(fd_.get(), 0) == 0 ? Status{} : Status{detail::error_for("cannot empty", place_)};
}

}  // namespace gup::log

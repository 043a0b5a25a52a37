// SPDX-License-Identifier: Apache-2.0
#include "util/sys/copy_content.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

namespace gup {
namespace {

using detail::error_for;

struct Stretch {
    off_t begin = 0;
    off_t end = 0;
};

// The next data at or after `at`; empty at the end. A file system that knows no holes has one stretch to the end.
Stretch next_data(int fd, off_t at) {
    const off_t begin = ::lseek(fd, at, SEEK_DATA);
    if (begin < 0 && errno == ENXIO) return {at, at};
    if (begin < 0) return {at, std::numeric_limits<off_t>::max()};
    const off_t end = ::lseek(fd, begin, SEEK_HOLE);
    return {begin, end < 0 ? std::numeric_limits<off_t>::max() : end};
}

}  // namespace

Status copy_content(const UniqueFd& from, const fs::path& shown, const UniqueFd& to, const fs::path& made) {
    if (::ioctl(to.get(), FICLONE, from.get()) == 0) return {};
    std::array<char, 65536> buffer{};
    struct stat status {};
    if (::fstat(from.get(), &status) != 0) return error_for("cannot read", shown);
    for (Stretch data = next_data(from.get(), 0); data.begin < data.end; data = next_data(from.get(), data.end)) {
        if (::lseek(from.get(), data.begin, SEEK_SET) < 0) return error_for("cannot read", shown);
        if (::lseek(to.get(), data.begin, SEEK_SET) < 0) return error_for("cannot make", made);
        for (off_t at = data.begin; at < data.end;) {
            const auto wanted = static_cast<std::size_t>(std::min<off_t>(data.end - at, buffer.size()));
            const ssize_t count = ::read(from.get(), buffer.data(), wanted);
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return error_for("cannot read", shown);
            if (count == 0) return {};
            GUP_CHECK(write_all(to.get(), {buffer.data(), static_cast<std::size_t>(count)}, made));
            at += count;
        }
    }
    // A hole at the end has no data after it.
    return ::ftruncate(to.get(), status.st_size) == 0 ? Status{} : Status{error_for("cannot make", made)};
}

Result<UniqueFd> copy_to_new_file(const fs::path& from, const fs::path& to, std::uint32_t mode) {
    const UniqueFd in(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!in.valid()) return error_for("cannot read", from);
    UniqueFd out(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
    if (!out.valid()) return error_for("cannot write", to);
    GUP_CHECK(copy_content(in, from, out, to));
    return out;
}

}  // namespace gup

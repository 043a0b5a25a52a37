// SPDX-License-Identifier: Apache-2.0
#include "util/sys/file_attributes.hpp"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <tuple>

namespace gup {
namespace {

using detail::error_for;

// setuid, setgid and sticky give rights to the owner or group of the original.
constexpr mode_t plain_bits = 0777;
constexpr mode_t all_bits = 07777;

bool has_owner_of(const struct stat& one, const struct stat& other) {
    return one.st_uid == other.st_uid && one.st_gid == other.st_gid;
}

}  // namespace

std::vector<std::string> copy_extended_attributes(int from, int to) {
    std::vector<std::string> failed;
    const ssize_t wanted = ::flistxattr(from, nullptr, 0);
    if (wanted <= 0) return failed;
    std::vector<char> names(static_cast<std::size_t>(wanted) + 1);
    const ssize_t size = ::flistxattr(from, names.data(), names.size() - 1);
    for (ssize_t at = 0; at < size;) {
        const std::string name(names.data() + at);
        at += static_cast<ssize_t>(name.size()) + 1;
        const ssize_t length = ::fgetxattr(from, name.c_str(), nullptr, 0);
        if (length < 0) continue;
        std::vector<char> value(static_cast<std::size_t>(length) + 1);
        const ssize_t count = ::fgetxattr(from, name.c_str(), value.data(), value.size());
        if (count < 0) continue;
        const bool is_set = ::fsetxattr(to, name.c_str(), value.data(), static_cast<std::size_t>(count), 0) == 0;
        if (!is_set && name != "security.selinux") {  // the policy labels new files
            failed.push_back(name);
        }
    }
    return failed;
}

Result<bool> give_owner_and_mode(int to, const struct stat& status, const fs::path& made) {
    struct stat now {};
    if (::fstat(to, &now) != 0) return error_for("cannot make", made);
    if (!has_owner_of(now, status) && ::fchown(to, status.st_uid, status.st_gid) != 0) {
        std::ignore = ::fchown(to, static_cast<uid_t>(-1), status.st_gid);  // a group of this user
    }
    if (::fstat(to, &now) != 0) return error_for("cannot make", made);
    const bool is_given = has_owner_of(now, status);
    if (::fchmod(to, status.st_mode & (is_given ? all_bits : plain_bits)) != 0) return error_for("cannot make", made);
    return is_given;
}

Status make_node(int folder, const std::string& name, const struct stat& status, const fs::path& made) {
    if (::mknodat(folder, name.c_str(), (status.st_mode & S_IFMT) | S_IRUSR | S_IWUSR, status.st_rdev) != 0) {
        return error_for("cannot make", made);
    }
    const bool is_given = ::fchownat(folder, name.c_str(), status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) == 0;
    const std::array times{status.st_atim, status.st_mtim};
    if (::fchmodat(folder, name.c_str(), status.st_mode & (is_given ? all_bits : plain_bits), 0) != 0 ||
        ::utimensat(folder, name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0) {
        return error_for("cannot make", made);
    }
    return {};
}

}  // namespace gup

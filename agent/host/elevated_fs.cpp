#include "host/elevated_fs.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace gup {
namespace {

constexpr mode_t shared_mode = 0755;

bool acts_as_root_for(const Owner& owner) {
    return ::geteuid() == 0 && owner.uid != 0;
}

// Root replaces nothing of anybody else's for an owner.
int check_owned(int folder, const char* name, const Owner& owner) {
    struct stat status {};
    if (::fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return errno == ENOENT ? 0 : errno;
    const bool fine = status.st_uid == owner.uid || (status.st_uid == 0 && S_ISLNK(status.st_mode));
    return !acts_as_root_for(owner) || fine ? 0 : EPERM;
}

int flush(int folder) {
    return ::fsync(folder) == 0 || errno == EINVAL ? 0 : errno;
}

// Where RENAME_EXCHANGE is not known; what is at neither name in between is what the journal tells.
int exchange_in_two_steps(int from, const char* name, int to, const char* other) {
    struct stat status {};
    const bool forth = ::fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
    std::string target(PATH_MAX, '\0');
    const ssize_t size = ::readlinkat(forth ? to : from, forth ? other : name, target.data(), target.size() - 1);
    if (size < 0) return errno;
    target.resize(static_cast<std::size_t>(size));
    if (::unlinkat(forth ? to : from, forth ? other : name, 0) != 0) return errno;
    const int renamed = forth ? ::renameat(from, name, to, other) : ::renameat(to, other, from, name);
    if (renamed != 0) return errno;
    return ::symlinkat(target.c_str(), forth ? from : to, forth ? name : other) == 0 ? 0 : errno;
}

}  // namespace

Status make_owner_folder(const fs::path& path, const Owner& owner) {
    return in_parent_of(path, "cannot make the folder", [&](int parent, const char* name) {
        struct stat status {};
        if (::mkdirat(parent, name, 0777) != 0) {
            if (errno != EEXIST) return errno;
            if (::fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return errno;
            return S_ISDIR(status.st_mode) ? 0 : ENOTDIR;
        }
        if (!acts_as_root_for(owner)) return 0;
        const UniqueFd made(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!made.valid() || ::fstat(made.get(), &status) != 0) return errno;
        if (status.st_uid != 0) return EPERM;  // another one by now
        return ::fchown(made.get(), owner.uid, owner.gid) == 0 ? 0 : errno;
    });
}

Status make_shared_folder(const fs::path& path) {
    return in_parent_of(path, "cannot make the folder", [](int parent, const char* name) {
        struct stat status {};
        if (::mkdirat(parent, name, shared_mode) == 0) return 0;
        if (errno != EEXIST) return errno;
        if (::fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return errno;
        return S_ISDIR(status.st_mode) ? 0 : ENOTDIR;
    });
}

void remove_empty_folder(const fs::path& path) {
    (void)in_parent_of(path, "cannot remove", [](int parent, const char* name) {
        return ::unlinkat(parent, name, AT_REMOVEDIR) == 0 ? 0 : errno;
    }).ok();
}

Status switch_link(const fs::path& place, const fs::path& target, const Owner& owner) {
    return in_parent_of(place, "cannot switch", [&](int parent, const char* name) {
        const std::string beside = link_beside(name);
        if (const int number = check_owned(parent, name, owner); number != 0) return number;
        if (::unlinkat(parent, beside.c_str(), 0) != 0 && errno != ENOENT) return errno;
        if (::symlinkat(target.c_str(), parent, beside.c_str()) != 0) return errno;
        const bool given = !acts_as_root_for(owner) ||
                           ::fchownat(parent, beside.c_str(), owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW) == 0;
        if (given && ::renameat(parent, beside.c_str(), parent, name) == 0) return flush(parent);
        const int number = errno;
        ::unlinkat(parent, beside.c_str(), 0);
        return number;
    });
}

void sweep_link(const fs::path& place) {
    (void)in_parent_of(place, "cannot remove what lies beside", [](int parent, const char* name) {
        return ::unlinkat(parent, link_beside(name).c_str(), 0) == 0 ? 0 : errno;
    }).ok();
}

std::string link_beside(std::string_view name) {
    return fmt::format(".gup-link-{}", name);
}

Status remove_link(const fs::path& place) {
    return in_parent_of(place, "cannot remove", [](int parent, const char* name) {
        return ::unlinkat(parent, name, 0) == 0 || errno == ENOENT ? flush(parent) : errno;
    });
}

Status exchange_entries(const fs::path& place, const fs::path& with, const Owner& owner) {
    const std::string other = with.filename();
    // Opened as the owner, so that root goes where he can go.
    const UniqueFd folder = open_folder_itself(with.parent_path());
    if (!folder.valid()) return errno_error(errno, "cannot open " + with.parent_path().string());
    return in_parent_of(place, "cannot exchange", [&](int parent, const char* name) {
        struct stat status {};
        if (::fstat(folder.get(), &status) != 0) return errno;
        if (acts_as_root_for(owner) && status.st_uid != owner.uid) return EPERM;
        if (const int number = check_owned(parent, name, owner); number != 0) return number;
        if (const int number = check_owned(folder.get(), other.c_str(), owner); number != 0) return number;
        int number = 0;
        if (::renameat2(parent, name, folder.get(), other.c_str(), RENAME_EXCHANGE) != 0) {
            if (errno != EINVAL && errno != ENOSYS) return errno;
            number = exchange_in_two_steps(parent, name, folder.get(), other.c_str());
        }
        if (number == 0) number = flush(folder.get());
        return number == 0 ? flush(parent) : number;
    });
}

}  // namespace gup

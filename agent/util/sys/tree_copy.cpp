// SPDX-License-Identifier: Apache-2.0
#include "util/sys/tree_copy.hpp"

#include <fcntl.h>
#include <linux/limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <map>
#include <string>
#include <utility>

#include "util/sys/copy_content.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/file_attributes.hpp"

namespace gup {
namespace {

using detail::error_for;

class TreeCopy {
public:
    Status copy(int from, const std::string& name, const fs::path& shown, int to, const fs::path& made) {
        struct stat status {};
        if (::fstatat(from, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return error_for("cannot copy", shown);
        if (S_ISDIR(status.st_mode)) return copy_folder(from, name, shown, to, made);
        if (S_ISLNK(status.st_mode)) return copy_link(from, name, shown, to, made);
        if (S_ISREG(status.st_mode)) return copy_file(from, name, shown, to, made);
        return make_node(to, made.filename(), status, made);
    }

private:
    Status copy_folder(int from, const std::string& name, const fs::path& shown, int to, const fs::path& made) {
        constexpr mode_t private_mode = 0700;
        const std::string to_name = made.filename();
        const UniqueFd source(::openat(from, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        struct stat status {};
        if (!source.valid() || ::fstat(source.get(), &status) != 0) return error_for("cannot copy", shown);
        if (::mkdirat(to, to_name.c_str(), private_mode) != 0) return error_for("cannot make", made);
        const UniqueFd target(::openat(to, to_name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!target.valid()) return error_for("cannot make", made);
        GUP_TRY(const auto names, list_folder("/proc/self/fd/" + std::to_string(source.get())));
        for (const std::string& one : names) {
            GUP_CHECK(copy(source.get(), one, shown / one, target.get(), made / one));
        }
        return finish(source.get(), target.get(), status, made);
    }

    Status copy_file(int from, const std::string& name, const fs::path& shown, int to, const fs::path& made) {
        constexpr mode_t private_mode = 0600;
        const std::string to_name = made.filename();
        const UniqueFd source(::openat(from, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
        struct stat status {};
        if (!source.valid() || ::fstat(source.get(), &status) != 0) return error_for("cannot copy", shown);
        if (!S_ISREG(status.st_mode)) return error_for("cannot copy", shown, EINVAL);  // replaced meanwhile
        if (status.st_nlink > 1) {
            const auto [known, is_first] = linked_.try_emplace({status.st_dev, status.st_ino}, made);
            if (!is_first) {
                if (::linkat(AT_FDCWD, known->second.c_str(), to, to_name.c_str(), 0) == 0) return {};
                return error_for("cannot make", made);
            }
        }
        const UniqueFd target(
            ::openat(to, to_name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, private_mode));
        if (!target.valid()) return error_for("cannot make", made);
        GUP_CHECK(copy_content(source, shown, target, made));
        return finish(source.get(), target.get(), status, made);
    }

    static Status copy_link(int from, const std::string& name, const fs::path& shown, int to, const fs::path& made) {
        std::array<char, PATH_MAX> target{};
        const std::string to_name = made.filename();
        struct stat status {};
        if (::fstatat(from, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
            ::readlinkat(from, name.c_str(), target.data(), target.size() - 1) < 0) {
            return error_for("cannot copy", shown);
        }
        if (::symlinkat(target.data(), to, to_name.c_str()) != 0) return error_for("cannot make", made);
        struct stat now {};
        const bool is_there = ::fstatat(to, to_name.c_str(), &now, AT_SYMLINK_NOFOLLOW) == 0;
        const bool is_given =
            is_there && ((now.st_uid == status.st_uid && now.st_gid == status.st_gid) ||
                         ::fchownat(to, to_name.c_str(), status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) == 0);
        const std::array times{status.st_atim, status.st_mtim};
        if (is_given && ::utimensat(to, to_name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) == 0) return {};
        return error_for("cannot make", made);
    }

    // Owner before mode, which a change of the owner takes bits from; both before capabilities.
    static Status finish(int source, int target, const struct stat& status, const fs::path& made) {
        GUP_TRY(const bool is_given, give_owner_and_mode(target, status, made));
        if (!is_given) return error_for("cannot make", made, EPERM);
        copy_extended_attributes(source, target);  // those of overlayfs itself are none of the file's
        const std::array times{status.st_atim, status.st_mtim};
        return ::futimens(target, times.data()) == 0 ? Status{} : error_for("cannot make", made);
    }

    std::map<std::pair<dev_t, ino_t>, fs::path> linked_;
};

}  // namespace

Status copy_tree(const fs::path& from, const fs::path& to) {
    const UniqueFd source(::open(from.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const UniqueFd target(::open(to.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!source.valid()) return error_for("cannot open", from.parent_path());
    if (!target.valid()) return error_for("cannot open", to.parent_path());
    if (is_there(to)) return error_for("cannot make", to, EEXIST);
    auto status = TreeCopy().copy(source.get(), from.filename(), from, target.get(), to);
    if (!status.ok()) (void)remove_tree(to).ok();
    return status;
}

}  // namespace gup

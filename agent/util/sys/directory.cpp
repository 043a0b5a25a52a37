// SPDX-License-Identifier: Apache-2.0
#include "util/sys/directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <tuple>

#include "util/sys/environment.hpp"
#include "util/sys/file.hpp"

namespace gup {
namespace {

using detail::error_for;

constexpr int folder_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

// The names in the folder `fd`, without . and .., into `names`. Returns 0 or an errno.
int read_names(UniqueFd fd, std::vector<std::string>& names) {
    const std::unique_ptr<DIR, CloseFolder> folder(::fdopendir(fd.get()));
    if (!folder) return errno;
    (void)fd.release();
    for (;;) {
        errno = 0;
        const dirent* entry = ::readdir(folder.get());  // NOLINT(concurrency-mt-unsafe): its own DIR
        if (entry == nullptr) return errno;
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") names.emplace_back(name);
    }
}

int remove_entry(int parent, const std::string& name);

// The owner of the folder `name` may read, change and enter it from now on. Nothing happens to what a link names. If the
// folder belongs to another user, this fails, and so does the next call, with the better reason.
void make_usable(int parent, const std::string& name) {
    constexpr mode_t needed = S_IRUSR | S_IWUSR | S_IXUSR;
    struct stat status {};
    const UniqueFd folder(::openat(parent, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder.valid() || ::fstat(folder.get(), &status) != 0 || (status.st_mode & needed) == needed) return;
    // fchmod needs a descriptor that can read, which this owner may not.
    const std::string itself = "/proc/self/fd/" + std::to_string(folder.get());
    std::ignore = ::chmod(itself.c_str(), (status.st_mode & 07777U) | needed);
}

// Everything in the folder `name` of `parent`. Returns 0 or an errno.
int empty_folder(int parent, const std::string& name) {
    make_usable(parent, name);
    const UniqueFd fd(::openat(parent, name.c_str(), folder_flags | O_NOFOLLOW));
    if (!fd.valid()) return errno;
    UniqueFd listed(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
    if (!listed.valid()) return errno;
    std::vector<std::string> names;
    int result = read_names(std::move(listed), names);
    for (const std::string& entry : names) {
        const int number = remove_entry(fd.get(), entry);
        if (result == 0) result = number;  // the rest is still removed
    }
    return result;
}

int remove_entry(int parent, const std::string& name) {
    if (::unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT) return 0;
    if (errno != EISDIR && errno != EPERM) return errno;
    const int number = errno;
    const int inside = empty_folder(parent, name);
    if (inside == ENOTDIR || inside == ELOOP) return number;  // not a folder: report unlink's reason
    if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return 0;
    return inside != 0 ? inside : errno;
}

}  // namespace

Status make_folders(const fs::path& path, std::uint32_t mode) {
    if (path.empty() || is_folder(path)) return {};
    if (path.has_relative_path()) GUP_CHECK(make_folders(path.parent_path(), mode));
    if (::mkdir(path.c_str(), mode) == 0 || (errno == EEXIST && is_folder(path))) return {};
    return error_for("cannot create the folder", path);
}

Status sync_file_system(const fs::path& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd.valid() || ::syncfs(fd.get()) != 0) return error_for("cannot flush the file system of", path);
    return {};
}

Status sync_folder(const fs::path& path) {
    const UniqueFd fd(::open(path.c_str(), folder_flags));
    // EINVAL: the file system has nothing to flush.
    if (!fd.valid() || (::fsync(fd.get()) != 0 && errno != EINVAL)) return error_for("cannot flush", path);
    return {};
}

Result<std::vector<std::string>> list_folder(const fs::path& folder) {
    UniqueFd fd(::open(folder.c_str(), folder_flags));
    if (!fd.valid()) return error_for("cannot list", folder);
    std::vector<std::string> names;
    if (const int number = read_names(std::move(fd), names); number != 0) {
        return error_for("cannot list", folder, number);
    }
    std::sort(names.begin(), names.end());
    return names;
}

Status remove_tree(const fs::path& path) {
    const int number = remove_entry(AT_FDCWD, path.native());
    if (number == 0 || number == ENOTDIR) return {};  // a file has no entries
    return error_for("cannot remove", path, number);
}

fs::path temporary_parent() {
    const std::string chosen = environment_value("TMPDIR");
    if (!chosen.empty() && is_folder(chosen)) return chosen;
    return is_folder("/var/tmp") ? "/var/tmp" : "/tmp";
}

Result<TemporaryFolder> TemporaryFolder::make(const fs::path& parent) {
    std::string name = ((parent.empty() ? temporary_parent() : parent) / "gup-XXXXXX").native();
    if (::mkdtemp(name.data()) == nullptr) return error_for("cannot create a temporary folder", name);
    return TemporaryFolder(fs::path(name));
}

TemporaryFolder::TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::move(other.path_)) {
    other.path_.clear();
}

TemporaryFolder& TemporaryFolder::operator=(TemporaryFolder&& other) noexcept {
    path_.swap(other.path_);  // `other` takes over ours
    return *this;
}

TemporaryFolder::~TemporaryFolder() {
    if (!path_.empty()) (void)remove_tree(path_);
}

}  // namespace gup

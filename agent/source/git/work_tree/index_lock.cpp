#include "source/git/work_tree/index_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <string_view>

namespace gup::git {
namespace {

constexpr std::string_view our_mark = "gup-agent\n";

}  // namespace

Result<IndexLock> IndexLock::acquire(const fs::path& git_folder) {
    const fs::path path = git_folder / "index.lock";
    if (is_ours(git_folder)) ::unlink(path.c_str());
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!fd.valid() && errno == EEXIST) {
        return Error{ErrorCode::busy,
                     fmt::format("{} exists: another git is running here, or has crashed", path.string()),
                     "if no git runs there, remove the file"};
    }
    if (!fd.valid()) return errno_error(errno, fmt::format("cannot make {}", path.string()));
    IndexLock lock(path);
    GUP_CHECK(write_all(fd.get(), our_mark, path));
    return lock;
}

bool IndexLock::is_ours(const fs::path& git_folder) {
    const auto content = read_file(git_folder / "index.lock");
    return content && *content == our_mark;
}

void IndexLock::sweep(const fs::path& git_folder) {
    const fs::path path = git_folder / "index.lock";
    // Empty: made, but a power cut came before its content was on the disk.
    if (const auto content = read_file(path); content && (content->empty() || *content == our_mark)) {
        ::unlink(path.c_str());
    }
}

IndexLock::~IndexLock() {
    if (!path_.empty()) ::unlink(path_.c_str());
}

}  // namespace gup::git

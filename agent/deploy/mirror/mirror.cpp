#include "deploy/mirror/mirror.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "deploy/mirror/content.hpp"
#include "util/log/log.hpp"
#include "util/sys/directory.hpp"

namespace gup {
namespace {

// A file or a dangling link in the place of the folder is somebody's: it gets another name.
Status move_aside(const fs::path& path) {
    GUP_TRY(const auto there, file_info(path, Follow::no));
    if (!there || there->kind == FileKind::folder) return {};
    for (int number = 1;; ++number) {
        const fs::path aside = fmt::format("{}.replaced-{}", path.string(), number);
        if (is_there(aside)) continue;
        if (::renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, aside.c_str(), RENAME_NOREPLACE) != 0) {
            return detail::error_for("cannot move", path);
        }
        log::warning({}, fmt::format("{} was no folder: it is {} now", path.string(), aside.string()));
        return {};
    }
}

}  // namespace

Result<LocalChanges> stage_mirror(Transaction& transaction, Mirror& local, std::uint64_t reserve) {
    // One of that name is left of a removal that failed, and goes first.
    GUP_CHECK(transaction.log_next(local.next));
    return make_next_content(local, reserve);
}

Status switch_mirror(Transaction& transaction, const Mirror& local) {
    GUP_CHECK(move_aside(local.path));
    const bool is_first = !is_there(local.path);
    GUP_CHECK(transaction.exchange({local.path, local.next, local.release, local.before}));
    if (is_first) return {};
    for (const std::string& path : local.carried) {
        if (!is_there(local.next / path)) ::unlink((local.path / path).c_str());
    }
    return sync_file_system(local.path);
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
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

// "/var/deploy/current.replaced-1", where nothing is.
fs::path free_place(const fs::path& path) {
    int number = 1;
    const auto place = [&] { return fs::path(fmt::format("{}.replaced-{}", path.string(), number)); };
    while (is_there(place())) ++number;
    return place();
}

// A file or a dangling link in the place of the folder is somebody's: it gets another name.
Status move_aside(const fs::path& path) {
    GUP_TRY(const auto there, file_info(path, Follow::no));
    if (!there || there->kind == FileKind::folder) return {};
    const fs::path aside = free_place(path);
    if (::renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, aside.c_str(), RENAME_NOREPLACE) != 0) {
        return detail::error_for("cannot move", path);
    }
    log::warning({}, fmt::format("{} was no folder: it is {} now", path.string(), aside.string()));
    return {};
}

}  // namespace

Result<LocalChanges> stage_mirror(Transaction& transaction, Mirror& local, std::uint64_t reserve) {
    // One of that name is left of a removal that failed, and goes first.
    GUP_CHECK(transaction.log_next(local.next));
    return make_next_content(local, reserve);
}

Result<fs::path> keep_changed(const Mirror& local, const std::vector<std::string>& paths) {
    fs::path place;
    for (const std::string& path : paths) {
        const auto info = file_info(local.path / path, Follow::no).value_or({});
        if (!info || info->kind == FileKind::folder) continue;
        if (place.empty()) {
            place = free_place(local.path);
            GUP_CHECK(make_folders(place, 0700));
        }
        GUP_CHECK(make_folders_above(local.path, place, path));
        if (::linkat(AT_FDCWD, (local.path / path).c_str(), AT_FDCWD, (place / path).c_str(), 0) != 0) {
            return detail::error_for("cannot keep", local.path / path);
        }
    }
    return place;
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

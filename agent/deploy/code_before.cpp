// SPDX-License-Identifier: Apache-2.0
#include "deploy/code_before.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "transaction/folder_exchange.hpp"
#include "util/sys/copy_content.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/symlink.hpp"

namespace gup {
namespace {

Status keep_file(const fs::path& from, const fs::path& to, const std::string& path) {
    GUP_TRY(const auto info, file_info(from / path, Follow::no));
    const bool is_kept = info && (info->kind == FileKind::regular || info->kind == FileKind::link);
    if (!is_kept) return {};
    GUP_CHECK(make_folders_above(from, to, path));
    if (::linkat(AT_FDCWD, (from / path).c_str(), AT_FDCWD, (to / path).c_str(), 0) == 0) return {};
    if (info->kind == FileKind::regular) {
        const auto copied = copy_to_new_file(from / path, to / path, info->mode & 0777U);
        return copied.ok() ? Status{} : Status(copied.error());
    }
    if (::symlink(link_text(from / path).c_str(), (to / path).c_str()) == 0) return {};
    return detail::error_for("cannot create", to / path);
}

}  // namespace

Status keep_code(const fs::path& from, const std::vector<CodePath>& paths, const fs::path& to) {
    if (::mkdir(to.c_str(), 0777) != 0) return detail::error_for("cannot create", to);
    for (const CodePath& file : paths) {
        Status kept = keep_file(from, to, file.path);
        if (kept.ok()) continue;
        (void)remove_tree(to);
        return kept;
    }
    return {};
}

}  // namespace gup

#include "deploy/mirror/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "core/generation.hpp"
#include "core/release.hpp"
#include "util/sys/directory.hpp"

namespace gup {
namespace {

Status collect_files(const fs::path& release, const std::string& below, LocalFiles& files) {
    GUP_TRY(const auto names, list_folder(release / below));
    for (const std::string& name : names) {
        const bool is_made = below.empty() && (name == generation_virtualenv_name || name == generation_record_name);
        if (is_made || is_repository_file(name)) continue;
        const std::string path = below.empty() ? name : fmt::format("{}/{}", below, name);
        GUP_TRY(const auto info, file_info(release / path, Follow::no));
        if (!info) continue;
        files.emplace(path, *info);
        if (info->kind == FileKind::folder) GUP_CHECK(collect_files(release, path, files));
    }
    return {};
}

}  // namespace

Result<LocalFiles> local_files_of(const fs::path& release) {
    LocalFiles files;
    if (!release.empty() && is_real_folder(release)) GUP_CHECK(collect_files(release, {}, files));
    return files;
}

Status make_folders_above(const fs::path& from, const fs::path& to, const std::string& path) {
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        const fs::path made = to / path.substr(0, slash);
        if (is_real_folder(made)) continue;
        if (::mkdir(made.c_str(), 0777) != 0) return detail::error_for("cannot make", made);
        GUP_TRY(const auto info, file_info(from / path.substr(0, slash), Follow::no));
        if (info && ::chmod(made.c_str(), info->mode & 0777U) != 0) return detail::error_for("cannot make", made);
    }
    return {};
}

bool is_mount_point(const fs::path& path, std::uint64_t device, const FileInfo& info) {
    struct statx status {};
    const bool is_known = ::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, STATX_TYPE, &status) == 0 &&
                          (status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0;
    return info.device != device || (is_known && (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0);
}

}  // namespace gup

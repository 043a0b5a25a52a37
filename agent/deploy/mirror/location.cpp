// SPDX-License-Identifier: Apache-2.0
#include "deploy/mirror/location.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "core/repo_deploy.hpp"
#include "deploy/mirror/comparison.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/free_space.hpp"
#include "util/sys/symlink.hpp"

namespace gup {
namespace {

Error refused_place(const fs::path& local, const std::string& reason, const std::string& hint) {
    return {ErrorCode::conflict, fmt::format("local = \"{}\" is not possible: {}", local.string(), reason), hint};
}

bool overlap(const fs::path& left, const fs::path& right) {
    return is_below(left, right) || is_below(right, left);
}

fs::path without_slash(const std::string& path) {
    const fs::path normal = fs::path(path).lexically_normal();
    return normal.has_filename() ? normal : normal.parent_path();
}

const DeclaredConnector* declared_with_local(const std::vector<DeclaredConnector>& declared, const std::string& name) {
    const auto found = std::find_if(declared.begin(), declared.end(), [&](const DeclaredConnector& one) {
        return one.name == name && !one.local.empty();
    });
    return found == declared.end() ? nullptr : &*found;
}

Status check_place(const UpdateSettings& settings, const std::string& name, const fs::path& path) {
    if (overlap(path, real_path(settings.root).value_or(settings.root))) {
        return refused_place(path, "it overlaps with the root folder", "name a folder elsewhere");
    }
    for (const DeclaredConnector& other : settings.declared) {
        if (other.name == name || other.local.empty()) continue;
        const fs::path place = without_slash(other.local);
        const fs::path folder = real_path(place.parent_path()).value_or(place.parent_path());
        if (!overlap(path, folder / place.filename())) continue;
        return refused_place(path, fmt::format("it overlaps with that of {}", other.name),
                             "each connector needs its own folder");
    }
    GUP_TRY(const auto there, file_info(path, Follow::no));
    const bool leads_nowhere = there && there->kind == FileKind::link && !file_info(path).value_or({});
    if (!there || there->kind == FileKind::regular || leads_nowhere) return {};  // switch_mirror moves it aside
    if (there->kind != FileKind::folder) return refused_place(path, "it is not a folder", "move it away");
    GUP_TRY(const auto around, file_info(path.parent_path()));
    if (!is_mount_point(path, around ? around->device : there->device, *there)) return {};
    return refused_place(path, "it is a mount point",
                         "name a folder in it, because the next content needs a sibling folder");
}

// What repo-deploy has of the version that it deployed last: its cache is the root folder of `gup-agent deploy`.
fs::path left_by_repo_deploy(const fs::path& root, const DeclaredConnector& declared) {
    if (declared.name != repo_deploy_connector) return {};
    const bool is_git = declared.source.kind == SourceKind::git;
    const fs::path git = root / "work/git" / declared.source.folder;
    const fs::path unpacked = root / "work/unpacked";
    const fs::path& first = is_git ? git : unpacked;
    if (is_real_folder(first)) return first;
    return is_git && is_real_folder(unpacked) ? unpacked : fs::path();
}

}  // namespace

bool is_mount_point(const fs::path& path, std::uint64_t device, const FileInfo& info) {
    struct statx status {};
    const bool is_known = ::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, STATX_TYPE, &status) == 0 &&
                          (status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0;
    return info.device != device || (is_known && (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0);
}

std::string mirror_damage(const std::vector<DeclaredConnector>& declared, const ConnectorLayout& site,
                          const Generation& release) {
    const DeclaredConnector* one = declared_with_local(declared, site.name);
    if (one == nullptr || release.id.empty()) return {};
    return find_damage(without_slash(one->local), site.folder / release.id, read_accepted(site.folder, release.id))
        .text;
}

Result<std::optional<Mirror>> find_mirror(const UpdateSettings& settings, const ConnectorLayout& site,
                                          const std::string& id, const std::string& before) {
    const DeclaredConnector* declared = declared_with_local(settings.declared, site.name);
    if (declared == nullptr) return std::optional<Mirror>{};
    const fs::path written = without_slash(declared->local);
    const std::string hint =
        fmt::format("as root: install -d -o {} {}", site.owner.name, written.parent_path().string());
    if (const Status made = make_folders(written.parent_path()); !made.ok()) return made.error().with_hint(hint);
    Mirror local;
    GUP_TRY(local.path, real_path(written.parent_path()));
    local.path /= written.filename();
    GUP_CHECK(check_place(settings, site.name, local.path));
    if (const Status writable = require_writable(local.path.parent_path()); !writable.ok()) {
        return writable.error().with_hint(hint);
    }
    local.next = local.path.parent_path() / fmt::format(".{}{}{}", local.path.filename().string(), next_mark, id);
    local.release = site.folder / id;
    local.before = before.empty() ? left_by_repo_deploy(settings.root, *declared) : site.folder / before;
    return std::optional(std::move(local));
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "deploy/mirror/comparison.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "core/generation.hpp"
#include "core/release.hpp"
#include "transaction/folder_exchange.hpp"
#include "util/sys/symlink.hpp"

namespace gup {
namespace {

struct Pair {
    const FileInfo& wanted;
    const FileInfo& found;
};

bool is_as_released(const fs::path& local, const fs::path& release, const std::string& path, const Pair& pair,
                    std::int64_t time) {
    const auto& [wanted, found] = pair;
    if (wanted.kind == FileKind::link) {
        const std::string text = mirrored_link(release, path);
        // A program may have put a file in the place of the link to a shared path: it has data of its own.
        return found.kind == FileKind::link ? link_text(local / path) == text : fs::path(text).is_absolute();
    }
    if (found.kind != wanted.kind) return false;
    if (wanted.kind != FileKind::regular) return true;
    if (found.size != wanted.size || (found.mode & 0777U) != (wanted.mode & 0777U)) return false;
    return found.modified_ns <= time || have_same_content(local / path, release / path).value_or(true);
}

}  // namespace

Result<bool> have_same_content(const fs::path& left, const fs::path& right) {
    std::array<UniqueFd, 2> fds;
    const std::array<const fs::path*, 2> paths{&left, &right};
    for (std::size_t i = 0; i < 2; ++i) {
        fds.at(i).reset(::open(paths.at(i)->c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
        if (!fds.at(i).valid()) return detail::error_for("cannot read", *paths.at(i));
    }
    std::array<std::array<char, 32768>, 2> buffers{};
    for (off_t at = 0;;) {
        std::array<ssize_t, 2> got{};
        for (std::size_t i = 0; i < 2; ++i) {
            got.at(i) = ::pread(fds.at(i).get(), buffers.at(i).data(), buffers.at(i).size(), at);
            if (got.at(i) < 0) return detail::error_for("cannot read", *paths.at(i));
        }
        const auto length = static_cast<std::size_t>(got[0]);
        if (got[0] != got[1] || !std::equal(buffers[0].begin(), buffers[0].begin() + got[0], buffers[1].begin()))
            return false;
        if (length == 0) return true;
        at += got[0];
    }
}

std::string mirrored_link(const fs::path& release, const std::string& path) {
    std::string text = link_text(release / path);
    if (link_stays_inside(path, text)) return text;
    return ((release / path).parent_path() / text).lexically_normal().string();
}

std::int64_t release_time(const fs::path& release) {
    const auto record = file_info(release / generation_record_name).value_or({});
    return record ? record->modified_ns : 0;
}

MirrorDamage find_damage(const fs::path& local, const fs::path& release, const AcceptedPaths& accepted) {
    MirrorDamage damage;
    const auto there = file_info(local, Follow::no).value_or({});
    if (!there || there->kind != FileKind::folder) {
        damage.text = local.string() + (there ? " is not a folder any more" : " is gone");
        return damage;
    }
    const auto files = files_of_release(release);
    if (!files.ok()) return damage;
    const std::int64_t time = release_time(release);
    bool has_any = files->empty();
    for (const auto& [path, wanted] : *files) {
        const auto found = file_info(local / path, Follow::no).value_or({});
        has_any = has_any || found;
        if (wanted.kind == FileKind::other || accepted.contains(path)) continue;
        if (!found) damage.missing.insert(path);
        if (found && !is_as_released(local, release, path, {wanted, *found}, time)) damage.changed.insert(path);
    }
    const std::size_t count = damage.changed.size() + damage.missing.size();
    if (!has_any) {
        damage.text = local.string() + " is empty";
    } else if (count > 0) {
        const std::string& first = damage.missing.empty() ? *damage.changed.begin() : *damage.missing.begin();
        damage.text = count == 1 ? fmt::format("{} in {} was removed or changed", first, local.string())
                                 : fmt::format("{} files in {} were removed or changed, such as {}", count,
                                               local.string(), first);
    }
    return damage;
}

}  // namespace gup

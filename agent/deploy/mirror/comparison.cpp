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

bool is_as_released(const fs::path& local, const fs::path& release, const std::string& path, const FileInfo& wanted,
                    std::int64_t time) {
    const auto there = file_info(local / path, Follow::no).value_or({});
    if (!there || there->kind != wanted.kind) return false;
    if (wanted.kind == FileKind::link) return link_text(local / path) == mirrored_link(release, path);
    if (wanted.kind != FileKind::regular) return true;
    if (there->size != wanted.size || (there->mode & 0777U) != (wanted.mode & 0777U)) return false;
    return there->modified_ns <= time || have_same_content(local / path, release / path).value_or(true);
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

std::string find_damage(const fs::path& local, const fs::path& release) {
    const auto there = file_info(local, Follow::no).value_or({});
    if (!there) return local.string() + " is gone";
    if (there->kind != FileKind::folder) return local.string() + " is not a folder any more";
    const auto files = files_of_release(release);
    if (!files.ok()) return {};
    const std::int64_t time = release_time(release);
    std::size_t differ = 0;
    std::string first;
    for (const auto& [path, wanted] : *files) {
        if (wanted.kind == FileKind::other || is_as_released(local, release, path, wanted, time)) continue;
        if (differ++ == 0) first = path;
    }
    if (differ == 0) return {};
    return differ == 1
               ? fmt::format("{} in {} was removed or changed", first, local.string())
               : fmt::format("{} files in {} were removed or changed, such as {}", differ, local.string(), first);
}

}  // namespace gup

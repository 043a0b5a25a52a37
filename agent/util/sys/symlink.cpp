// SPDX-License-Identifier: Apache-2.0
#include "util/sys/symlink.hpp"

#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace gup {

std::string link_text(const fs::path& path) {
    std::error_code error;
    return fs::read_symlink(path, error).string();
}

std::optional<fs::path> followed(fs::path path) {
    constexpr int longest_chain = 40;
    for (int i = 0; i < longest_chain; ++i) {
        const auto info = file_info(path, Follow::no);
        if (!info.ok()) return std::nullopt;
        if (!*info || (*info)->kind != FileKind::link) return path;
        struct statfs system {};
        const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
        const bool is_kernels = ::statfs(folder.c_str(), &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
        const bool is_trusted = (*info)->owner == 0 || (*info)->owner == ::geteuid();
        if (is_kernels || !is_trusted) return std::nullopt;
        path = folder / link_text(path);
    }
    return std::nullopt;
}

Result<fs::path> real_path(const fs::path& path) {
    std::error_code error;
    fs::path real = fs::canonical(path, error);
    if (error) return detail::error_for("cannot access", path, error.value());
    return real;
}

}  // namespace gup

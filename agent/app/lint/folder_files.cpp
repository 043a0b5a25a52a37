// SPDX-License-Identifier: Apache-2.0
#include "app/lint/folder_files.hpp"

#include <fmt/format.h>

#include "core/declaration/gupfile.hpp"

namespace gup {

Result<std::optional<std::string>> FolderFiles::read(const std::string& path) const {
    constexpr std::uint64_t longest_file = 16U << 20U;
    const fs::path file = folder_ / path;
    GUP_TRY(const auto info, file_info(file));
    if (!info || info->kind == FileKind::folder) return std::optional<std::string>();
    if (info->kind != FileKind::regular) {
        return Error{ErrorCode::invalid_input, fmt::format("{} is not a regular file", file.string()), {}};
    }
    if (leads_out(file)) {
        return Error{ErrorCode::invalid_input, fmt::format("{} is a link that leads out of the folder", file.string()),
                     "put the file itself into the folder"};
    }
    GUP_TRY(std::string text, read_file(file, path == gupfile_name ? gupfile_limit : longest_file));
    return std::optional(std::move(text));
}

Result<std::string> FolderFiles::export_lock(const std::string& /*lock*/) const {
    return std::string();
}

bool FolderFiles::leads_out(const fs::path& file) const {
    std::error_code failed;
    const fs::path real = fs::canonical(file, failed);
    const fs::path folder = failed ? fs::path() : fs::canonical(folder_.empty() ? "." : folder_, failed);
    return failed || !is_below(real, folder);
}

Result<std::optional<std::string>> FilesWithoutGupfile::read(const std::string& path) const {
    if (path == gupfile_name) return std::optional<std::string>();
    return FolderFiles::read(path);
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "app/services/repository_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "util/printable.hpp"
#include "util/sys/directory.hpp"

namespace gup {
namespace {

fs::path repository_around(const fs::path& folder) {
    for (fs::path at = folder; !at.empty(); at = at.parent_path()) {
        if (is_there(at / ".git")) return at;
        if (at == at.root_path()) break;
    }
    return folder.has_relative_path() ? folder.parent_path() : folder;
}

}  // namespace

fs::path RepositoryFiles::file_of(const std::string& path) const {
    const auto it = others_.find(path);
    return it == others_.end() ? root_ / path : it->second;
}

Result<std::optional<std::string>> RepositoryFiles::read(const std::string& path) const {
    const fs::path file = file_of(path);
    GUP_TRY(const auto info, file_info(file));
    if (!info || info->kind == FileKind::folder) return std::optional<std::string>();
    if (info->kind != FileKind::regular) {
        return Error{ErrorCode::invalid_input, fmt::format("{} is not a regular file", file.string()), {}};
    }
    std::error_code failed;
    const fs::path real = fs::canonical(file, failed);
    if (!others_.contains(path) && !is_below(real, fs::canonical(root_, failed))) {
        return Error{
            ErrorCode::invalid_input,
            printable(fmt::format("{} is a link that leaves the repository: it leads to {}", path, real.string())),
            "put the file itself into the repository"};
    }
    GUP_TRY(std::string text, read_file(file));
    return std::optional(std::move(text));
}

bool RepositoryFiles::has(const std::string& path) const {
    const auto info = file_info(file_of(path));
    return info.ok() && info->has_value();
}

Result<ServicesFolder> open_services_folder(const fs::path& folder) {
    const fs::path given = folder.empty() ? fs::path("services") : folder;
    std::error_code failed;
    const fs::path real = fs::canonical(given, failed);
    if (failed || !is_folder(real)) {
        return Error{ErrorCode::not_found, fmt::format("{} is not a folder", given.string()),
                     "name the folder of the stacks with --services-dir"};
    }
    ServicesFolder result;
    result.repository = repository_around(real);
    result.name = real.filename().string();
    const std::string relative = real.lexically_relative(result.repository).string();
    result.folder = relative == "." ? std::string() : relative;
    return result;
}

std::string join_path(const std::string& folder, const std::string& name) {
    if (folder.empty() || name.empty()) return folder + name;
    return folder + '/' + name;
}

std::string folder_of_stack(const ServicesFolder& services, const std::string& stack) {
    return join_path(services.folder, stack);
}

std::vector<std::string> folders_of(const ServicesFolder& services) {
    const fs::path folder = services.repository / services.folder;
    std::vector<std::string> result;
    const auto names = list_folder(folder);
    if (!names.ok()) return result;
    std::ranges::copy_if(*names, std::back_inserter(result),
                         [&](const std::string& name) { return !name.starts_with('.') && is_folder(folder / name); });
    return result;
}

std::vector<std::string> stacks_of(const ServicesFolder& services) {
    const RepositoryFiles files{services.repository};
    std::vector<std::string> result = folders_of(services);
    std::erase_if(result, [&](const std::string& name) {
        return compose::find_compose_files(files, folder_of_stack(services, name), name).empty();
    });
    return result;
}

bool is_stack_name(const std::string& name) {
    return !name.empty() && !name.starts_with('.') && name.find_first_of("/\n\0") == std::string::npos;
}

std::vector<std::string> words_of(const std::vector<std::string>& texts) {
    std::vector<std::string> result;
    for (const std::string& text : texts) {
        const char* const separators = text.find('\n') == std::string::npos ? " \t\r" : "\r\n";
        std::size_t at = 0;
        while ((at = text.find_first_not_of(separators, at)) != std::string::npos) {
            const std::size_t end = std::min(text.find_first_of(separators, at), text.size());
            result.push_back(text.substr(at, end - at));
            at = end;
        }
    }
    return result;
}

}  // namespace gup

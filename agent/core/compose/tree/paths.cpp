// SPDX-License-Identifier: Apache-2.0
#include "core/compose/tree/paths.hpp"

#include <vector>

#include "util/text.hpp"

namespace gup::compose {

std::optional<std::string> path_in(std::string_view folder, std::string_view relative) {
    std::vector<std::string_view> parts;
    for (std::string_view rest : {folder, relative}) {
        while (!rest.empty()) {
            const std::string_view part = take_until(rest, '/');
            if (part.empty() || part == ".") continue;
            if (part != "..") {
                parts.push_back(part);
            } else if (parts.empty()) {
                return std::nullopt;
            } else {
                parts.pop_back();
            }
        }
    }
    std::string path;
    for (const std::string_view part : parts) {
        if (!path.empty()) path += '/';
        path += part;
    }
    return path;
}

std::string folder_of(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string{} : std::string(path.substr(0, slash));
}

bool is_remote(std::string_view path) {
    return contains(path, "://") || path.starts_with("git@") || path.starts_with("github.com/");
}

}  // namespace gup::compose

// SPDX-License-Identifier: Apache-2.0
#include "core/compose/tree/compose_files.hpp"

#include <fmt/format.h>

#include <initializer_list>
#include <optional>
#include <utility>

namespace gup::compose {
namespace {

std::optional<std::string> first_of(const Files& files, const std::string& folder,
                                    std::initializer_list<std::string> names) {
    for (const std::string& name : names) {
        std::string path = folder.empty() ? name : fmt::format("{}/{}", folder, name);
        if (files.has(path)) return path;
    }
    return std::nullopt;
}

}  // namespace

std::vector<std::string> find_compose_files(const Files& files, const std::string& folder, const std::string& stack) {
    std::vector<std::string> found;
    const auto add = [&](std::optional<std::string> path) {
        if (!path) return false;
        found.push_back(*std::move(path));
        return true;
    };
    if (add(first_of(files, folder, {"compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"}))) {
        add(first_of(files, folder,
                     {"compose.override.yaml", "compose.override.yml", "docker-compose.override.yaml",
                      "docker-compose.override.yml"}));
    } else if (add(first_of(files, folder, {stack + ".compose.yaml", stack + ".compose.yml"}))) {
        add(first_of(files, folder, {stack + ".compose.override.yaml", stack + ".compose.override.yml"}));
    }
    return found;
}

}  // namespace gup::compose

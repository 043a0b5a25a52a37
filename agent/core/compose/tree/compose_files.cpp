// SPDX-License-Identifier: Apache-2.0
#include "core/compose/tree/compose_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>

#include "core/compose/text/dotenv.hpp"
#include "core/compose/tree/paths.hpp"

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

ComposeFileList listed_compose_files(const Files& files, const std::string& folder) {
    ComposeFileList list;
    const std::string env = folder.empty() ? ".env" : folder + "/.env";
    const auto text = files.read(env);
    if (!text.ok() || !*text || (*text)->find("COMPOSE_FILE") == std::string::npos) return list;
    std::string names;
    std::string separator = ":";
    const auto unset = [](const std::string&) { return std::optional<std::string>(); };
    for (EnvLine& line : parse_env_file(**text, EnvFormat::dotenv, unset).lines) {
        if (line.name == "COMPOSE_PATH_SEPARATOR" && !line.value.empty()) separator = std::move(line.value);
        if (line.name != "COMPOSE_FILE") continue;
        names = std::move(line.value);
        list = {{}, env, line.line, line.column};
    }
    for (std::string_view rest = names; !rest.empty();) {
        const std::size_t end = std::min(rest.find(separator), rest.size());
        const std::string name(rest.substr(0, end));
        rest.remove_prefix(std::min(end + separator.size(), rest.size()));
        const auto path = name.starts_with('/') ? std::nullopt : path_in(folder, name);
        if (!name.empty()) list.files.push_back(path.value_or(name));
    }
    return list;
}

std::vector<std::string> find_compose_files(const Files& files, const std::string& folder, const std::string& stack) {
    std::vector<std::string> found = listed_compose_files(files, folder).files;
    if (!found.empty()) return found;
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

// SPDX-License-Identifier: Apache-2.0
// The files of a revision, for tests: a text that begins with "-> " is that of a link.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/stack/stack_files.hpp"

namespace gup::stacks {

using Texts = std::map<std::string, std::string>;

inline StackFiles files_with(const Texts& content, const Texts& other_links = {}) {
    std::vector<CodePath> paths;
    Texts texts;
    for (const auto& [path, text] : content) {
        const bool is_link = text.starts_with("-> ");
        paths.push_back({path, is_link ? text.substr(3) : std::string()});
        if (!is_link) texts[path] = text;
    }
    return {paths,
            [texts](const std::string& path) -> Result<std::optional<std::string>> {
                return std::optional(texts.at(path));
            },
            [other_links](const std::string& path) {
                const auto link = other_links.find(path);
                return link == other_links.end() ? std::string() : link->second;
            }};
}

}  // namespace gup::stacks

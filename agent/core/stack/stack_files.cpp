// SPDX-License-Identifier: Apache-2.0
#include "core/stack/stack_files.hpp"

#include <algorithm>
#include <utility>

#include "util/crypto/digest.hpp"

namespace gup {
namespace {

std::string below(const std::string& folder) {
    return folder.empty() || folder.ends_with('/') ? folder : folder + "/";
}

}  // namespace

StackFiles::StackFiles(std::vector<std::string> paths, Reader reader)
    : paths_(std::move(paths)), reader_(std::move(reader)) {
    std::sort(paths_.begin(), paths_.end());
}

Result<std::optional<std::string>> StackFiles::read(const std::string& path) const {
    if (!std::binary_search(paths_.begin(), paths_.end(), path)) return std::optional<std::string>();
    return reader_(path);
}

bool StackFiles::has(const std::string& path) const {
    if (std::binary_search(paths_.begin(), paths_.end(), path)) return true;
    const std::string inside = below(path);
    const auto next = std::lower_bound(paths_.begin(), paths_.end(), inside);
    return next != paths_.end() && next->starts_with(inside);
}

std::vector<std::string> StackFiles::folders_in(const std::string& folder) const {
    std::vector<std::string> names;
    const std::string inside = below(folder);
    for (auto it = std::lower_bound(paths_.begin(), paths_.end(), inside);
         it != paths_.end() && it->starts_with(inside); ++it) {
        const std::size_t end = it->find('/', inside.size());
        if (end == std::string::npos) continue;
        std::string name = it->substr(inside.size(), end - inside.size());
        if (names.empty() || names.back() != name) names.push_back(std::move(name));
    }
    return names;
}

Result<std::string> StackFiles::digest(const std::string& path) const {
    std::string list;
    const auto add = [&](const std::string& file) -> Status {
        GUP_TRY(const auto content, reader_(file));
        list += file.substr(path.size()) + '\0' + (content ? sha256_of(*content) : std::string()) + '\n';
        return {};
    };
    if (std::binary_search(paths_.begin(), paths_.end(), path)) GUP_CHECK(add(path));
    const std::string inside = below(path);
    for (auto it = std::lower_bound(paths_.begin(), paths_.end(), inside);
         it != paths_.end() && it->starts_with(inside); ++it) {
        GUP_CHECK(add(*it));
    }
    return list.empty() ? std::string() : sha256_of(list);
}

}  // namespace gup

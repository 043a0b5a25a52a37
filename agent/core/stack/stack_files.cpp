// SPDX-License-Identifier: Apache-2.0
#include "core/stack/stack_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/compose/tree/paths.hpp"
#include "util/crypto/digest.hpp"
#include "util/printable.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

constexpr std::size_t most_links = 40;  // as the kernel

std::string below(const std::string& folder) {
    return folder.empty() || folder.ends_with('/') ? folder : folder + "/";
}

}  // namespace

StackFiles::StackFiles(std::vector<CodePath> paths, Reader reader, OtherLinks others)
    : reader_(std::move(reader)), others_(std::move(others)) {
    for (CodePath& one : paths) {
        if (!one.link.empty()) links_.emplace(one.path, std::move(one.link));
        paths_.push_back(std::move(one.path));
    }
    std::sort(paths_.begin(), paths_.end());
}

bool StackFiles::has_file(const std::string& path) const {
    return std::binary_search(paths_.begin(), paths_.end(), path);
}

bool StackFiles::has_folder(const std::string& path) const {
    const std::string inside = below(path);
    const auto next = std::lower_bound(paths_.begin(), paths_.end(), inside);
    return next != paths_.end() && next->starts_with(inside);
}

std::string StackFiles::link_at(const std::string& path) const {
    if (const auto link = links_.find(path); link != links_.end()) return link->second;
    return others_ && !has_file(path) && !has_folder(path) ? others_(path) : std::string();
}

std::string StackFiles::follow(const std::string& path) const {
    std::string done;
    std::string rest = path;
    for (std::size_t links = 0; !rest.empty();) {
        std::string_view view = rest;
        const std::string part(take_until(view, '/'));
        std::string tail(view);
        if (part == ".." && done.empty()) return rest;
        if (part == "..") {
            done = compose::folder_of(done);
        } else if (!part.empty() && part != ".") {
            std::string next = below(done) + part;
            const std::string target = link_at(next);
            if (target.empty()) {
                done = std::move(next);
            } else if (++links > most_links) {
                return path;
            } else {
                tail.insert(0, tail.empty() ? target : below(target));
                if (target.starts_with('/')) return tail;
            }
        }
        rest = std::move(tail);
    }
    return done;
}

Result<std::optional<std::string>> StackFiles::read(const std::string& path) const {
    if (leaves_repository(path)) return std::optional<std::string>();
    const std::string followed = follow(path);
    if (leaves_repository(followed)) {
        return Error{ErrorCode::invalid_input,
                     printable(fmt::format("{} is a link that leaves the repository: it leads to {}", path, followed)),
                     "put the file itself into the repository"};
    }
    if (!has_file(followed)) return std::optional<std::string>();
    if (!links_.contains(followed)) return reader_(followed);
    return Error{ErrorCode::invalid_input, printable(path) + " is a link to itself", "put a file in its place"};
}

bool StackFiles::has(const std::string& path) const {
    const std::string followed = follow(path);
    return has_file(followed) || has_folder(followed);
}

std::vector<std::string> StackFiles::folders_in(const std::string& folder) const {
    std::vector<std::string> names;
    const std::string inside = below(follow(folder));
    for (auto it = std::lower_bound(paths_.begin(), paths_.end(), inside);
         it != paths_.end() && it->starts_with(inside); ++it) {
        const std::size_t end = it->find('/', inside.size());
        if (end == std::string::npos && !(links_.contains(*it) && has_folder(follow(*it)))) continue;
        std::string name = it->substr(inside.size(), end == std::string::npos ? end : end - inside.size());
        if (names.empty() || names.back() != name) names.push_back(std::move(name));
    }
    return names;
}

Result<std::string> StackFiles::digest(const std::string& named) const {
    const std::string path = follow(named);
    std::string list;
    const auto add = [&](const std::string& file) -> Status {
        // What a link in a mounted folder leads to is the container's.
        std::optional<std::string> content = link_at(file);
        if (content->empty()) {
            GUP_TRY(content, reader_(file));
        }
        list += file.substr(path.size()) + '\0' + (content ? sha256_of(*content) : std::string()) + '\n';
        return {};
    };
    if (has_file(path)) GUP_CHECK(add(path));
    const std::string inside = below(path);
    for (auto it = std::lower_bound(paths_.begin(), paths_.end(), inside);
         it != paths_.end() && it->starts_with(inside); ++it) {
        GUP_CHECK(add(*it));
    }
    return list.empty() ? std::string() : sha256_of(list);
}

bool leaves_repository(const std::string& followed) {
    return followed.starts_with('/') || followed == ".." || followed.starts_with("../");
}

}  // namespace gup

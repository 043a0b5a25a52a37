// SPDX-License-Identifier: Apache-2.0
#include "python/virtualenv_links.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "util/sys/directory.hpp"
#include "util/sys/symlink.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

constexpr int deepest_folder = 100;

// Of "../../common/tool.sh": the folder that the dots lead to, and the names that follow.
struct Ascent {
    fs::path folder;
    fs::path rest;
};

Ascent ascend(const fs::path& target, fs::path folder) {
    Ascent ascent;
    bool goes_up = true;
    for (const fs::path& part : target) {
        if (goes_up && part == "..") {
            folder = folder.parent_path();
        } else if (!goes_up || (part != "." && !part.empty())) {
            goes_up = false;
            ascent.rest /= part;
        }
    }
    ascent.folder = std::move(folder);
    return ascent;
}

bool has_dots(const fs::path& path) {
    return std::find(path.begin(), path.end(), fs::path("..")) != path.end();
}

// A line that Python executes, or that names nothing.
bool is_no_path(std::string_view line) {
    return trimmed(line).empty() || line.starts_with('#') || line.starts_with("import ") ||
           line.starts_with("import\t") || line.starts_with('/');
}

std::string absolute_line(std::string_view line, const PrefixChange& change, const std::vector<MovedFolder>& folders) {
    std::string first;
    for (const MovedFolder& folder : folders) {
        const fs::path path = (folder.from / trimmed(line)).lexically_normal();
        if (is_below(path, folder.root)) return std::string(line);
        std::string moved = link_with_prefix(path.string(), change);
        if (is_there(path)) return moved;
        if (first.empty()) first = std::move(moved);
    }
    return first.empty() ? std::string(line) : first;
}

Status find_links(const fs::path& folder, const fs::path& root, int depth, std::vector<OutsideLink>& found) {
    if (depth > deepest_folder) return Error{ErrorCode::unsupported, folder.string() + " is nested too deeply", {}};
    GUP_TRY(const auto names, list_folder(folder));
    for (const std::string& name : names) {
        const fs::path path = folder / name;
        struct stat status {};
        if (::lstat(path.c_str(), &status) != 0) continue;
        if (S_ISDIR(status.st_mode)) {
            GUP_CHECK(find_links(path, root, depth + 1, found));
        } else if (S_ISLNK(status.st_mode)) {
            if (auto target = target_outside(link_text(path), folder, root)) found.push_back({path, target->string()});
        }
    }
    return {};
}

}  // namespace

std::optional<fs::path> target_outside(const std::string& target, const fs::path& folder, const fs::path& root) {
    if (target.empty() || target.starts_with('/')) return std::nullopt;
    const Ascent ascent = ascend(target, folder);
    fs::path path = ascent.rest.empty() ? ascent.folder : ascent.folder / ascent.rest;
    // Names and dots mixed depend on links on the way, which are not followed here.
    const bool comes_out = has_dots(ascent.rest) && !is_below(path.lexically_normal(), root);
    if (is_below(ascent.folder, root) && !comes_out) return std::nullopt;
    return path;
}

std::string moved_target(const std::string& target, const PrefixChange& change, const MovedFolder& folder) {
    if (target.starts_with('/')) return link_with_prefix(target, change);
    const auto outside = target_outside(target, folder.from, folder.root);
    if (!outside) return target;
    if (has_dots(*outside)) return outside->string();
    const fs::path path = link_with_prefix(outside->string(), change);
    return path.lexically_relative(folder.to).string();
}

std::string path_lines_for_copy(std::string_view text, const PrefixChange& change,
                                const std::vector<MovedFolder>& folders) {
    std::string result;
    while (!text.empty()) {
        const bool has_end = text.find('\n') != std::string_view::npos;
        const std::string_view line = take_until(text, '\n');
        result += is_no_path(line) ? std::string(line) : absolute_line(line, change, folders);
        if (has_end) result += '\n';
    }
    return with_prefix(result, change);
}

Result<std::vector<OutsideLink>> links_that_leave(const fs::path& virtualenv) {
    std::vector<OutsideLink> found;
    GUP_CHECK(find_links(virtualenv, virtualenv, 0, found));
    return found;
}

}  // namespace gup

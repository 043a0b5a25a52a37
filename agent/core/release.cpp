// SPDX-License-Identifier: Apache-2.0
#include "core/release.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/declaration/gupfile.hpp"
#include "core/generation.hpp"
#include "util/clock.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

constexpr std::size_t longest_release_id = 200;
constexpr std::size_t commit_digits = 7;

bool may_stand_in_an_id(char c) {
    return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-' || c == '+';
}

// Without empty and "." parts.
std::vector<std::string_view> parts_of(std::string_view path) {
    std::vector<std::string_view> parts;
    while (!path.empty()) {
        const auto slash = path.find('/');
        const std::string_view part = path.substr(0, slash);
        if (!part.empty() && part != ".") parts.push_back(part);
        path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    }
    return parts;
}

bool is_reserved(std::string_view first) {
    return is_repository_file(first) || first == gupfile_name || first == generation_virtualenv_name ||
           first == generation_record_name;
}

Error not_persisted(std::string_view path, std::string_view reason) {
    return {ErrorCode::invalid_input, fmt::format("'{}' cannot be persisted: {}", path, reason),
            "persist = [\"data\"] in the gupfile names paths in the connector's folder that it writes"};
}

// Files that are usually at the top of a repository, with or without a suffix.
bool is_at_the_top_of_code(std::string_view name) {
    constexpr std::array<std::string_view, 13> usual{"gupfile",   "readme",     "license", "pyproject", "setup",
                                                     "makefile",  "dockerfile", "package", "cargo",     "requirements",
                                                     "changelog", "copying",    "compose"};
    return std::find(usual.begin(), usual.end(), name.substr(0, name.find('.'))) != usual.end();
}

// What the Finder of macOS puts next to a folder that it compresses.
bool is_finders(std::string_view path) {
    return path.starts_with("__MACOSX/") || path == ".DS_Store";
}

// Folders that may be meant as they are.
bool is_folder_of_files(std::string_view name) {
    constexpr std::array<std::string_view, 16> usual{"assets", "bin",       "conf", "config", "data",   "doc",
                                                     "docs",   "etc",       "html", "lib",    "public", "share",
                                                     "static", "templates", "web",  "www"};
    return std::find(usual.begin(), usual.end(), name) != usual.end() || name.ends_with(".d");
}

}  // namespace

bool is_placeholder_gupfile(std::string_view text) {
    return text == placeholder_gupfile || text == "# The source has none.\n";
}

std::string folder_around(const std::vector<std::string>& paths) {
    const auto first = std::find_if_not(paths.begin(), paths.end(), is_finders);
    if (first == paths.end()) return {};
    std::string folder = first->substr(0, first->find('/'));
    bool has_file = false;
    bool has_code = false;
    for (const std::string_view path : paths) {
        if (is_finders(path)) continue;
        if (!path.starts_with(folder + "/")) return {};
        const std::string name = lower(path.substr(folder.size() + 1));
        if (name.empty() || name.find('/') != std::string::npos) continue;
        has_file = true;
        has_code = has_code || name.ends_with(".py") || is_at_the_top_of_code(name);
    }
    return has_code || (has_file && !is_folder_of_files(lower(folder))) ? folder : std::string();
}

FolderAround tell_folder_around(const std::string& folder, const std::string& source) {
    return {fmt::format("everything in its archive is in the folder {}, whose gupfile, pins and hooks are not used",
                        folder),
            fmt::format("if that folder is the code, write source = \"{}#{}\"", source, folder)};
}

std::string release_id(std::int64_t time, std::string_view branch, std::string_view commit) {
    return fmt::format("{}-{}-{}", id_time(format_utc(time)), folder_name_of(branch.substr(0, longest_release_id / 2)),
                       commit.substr(0, commit_digits));
}

Status check_release_id(std::string_view id) {
    const auto refused = [&](std::string_view reason) {
        return Error{ErrorCode::invalid_input,
                     fmt::format("'{}' cannot be a release's id: {}", id.substr(0, longest_release_id), reason),
                     "letters, digits and . _ - + are allowed, the first a letter or a digit"};
    };
    if (id.empty()) return refused("it is empty");
    if (id.size() > longest_release_id) return refused("it is too long");
    if (!is_letter_or_digit(id.front())) return refused("it begins with neither a letter nor a digit");
    if (!std::all_of(id.begin(), id.end(), may_stand_in_an_id))
        return refused("it has a character that is not allowed");
    if (id == shared_name || id == repository_name) return refused("a folder next to the releases has this name");
    return {};
}

bool is_repository_file(std::string_view name) {
    return name.starts_with(".git");
}

bool is_repositorys_own(std::string_view path) {
    const auto parts = parts_of(path);
    return std::any_of(parts.begin(), parts.end(), is_repository_file);
}

bool link_stays_inside(std::string_view path, std::string_view text) {
    if (text.empty() || text.front() == '/') return false;
    auto depth = static_cast<std::ptrdiff_t>(parts_of(path).size()) - 1;
    for (const std::string_view part : parts_of(text)) {
        depth += part == ".." ? -1 : 1;
        if (depth < 0) return false;
    }
    return true;
}

Status check_link_stays_inside(std::string_view path, std::string_view text) {
    if (link_stays_inside(path, text)) return {};
    return Error{ErrorCode::unsupported, fmt::format("{} is a link that leaves the release: {}", path, text),
                 "a release must contain all its files; persist names the shared ones"};
}

Result<std::vector<std::string>> check_persisted(const std::vector<std::string>& paths) {
    std::vector<std::string> checked;
    for (const std::string& path : paths) {
        const auto parts = parts_of(path);
        if (path.starts_with('/')) return not_persisted(path, "it is an absolute path");
        if (parts.empty()) return not_persisted(path, "it is the whole folder");
        if (std::find(parts.begin(), parts.end(), "..") != parts.end()) {
            return not_persisted(path, "it is outside of the connector's folder");
        }
        if (is_reserved(parts.front())) return not_persisted(path, "it belongs to the release");
        const std::string plain = fmt::format("{}", fmt::join(parts, "/"));
        if (std::find(checked.begin(), checked.end(), plain) != checked.end()) continue;
        for (const std::string& other : checked) {
            if (plain.starts_with(other + "/") || other.starts_with(plain + "/")) {
                return not_persisted(path, fmt::format("it overlaps with '{}'", other));
            }
        }
        checked.push_back(plain);
    }
    return checked;
}

std::string shared_link_text(std::string_view path) {
    std::string text;
    for (std::size_t i = 0; i < parts_of(path).size(); ++i) text += "../";
    return fmt::format("{}{}/{}", text, shared_name, path);
}

bool is_persisted_folder(std::string_view path) {
    const auto parts = parts_of(path);
    return !parts.empty() && parts.back().find('.', 1) == std::string_view::npos;
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "core/selection/code_selection.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "util/printable.hpp"

namespace gup {
namespace {

std::string_view folder_of(std::string_view path) {
    const auto slash = path.rfind('/');
    return path.substr(0, slash == std::string_view::npos ? 0 : slash);
}

bool leaves_the_folder(std::string_view pattern) {
    for (std::size_t at = 0; at <= pattern.size();) {
        const auto end = std::min(pattern.find('/', at), pattern.size());
        if (pattern.substr(at, end - at) == "..") return true;
        at = end + 1;
    }
    return false;
}

}  // namespace

ExcludePattern::ExcludePattern(std::string_view pattern, Glob::Of of, bool is_of_folders)
    : glob_(pattern, of), is_of_names_(of == Glob::Of::name), is_of_folders_(is_of_folders) {}

Result<ExcludePattern> ExcludePattern::parse(std::string_view text) {
    const auto refused = [&](std::string_view reason, std::string_view hint) {
        return Error{ErrorCode::invalid_input, fmt::format("'{}' cannot be excluded: {}", printable(text), reason),
                     std::string(hint)};
    };
    if (text.starts_with('!')) {
        return refused("exclude has no exceptions", "name only what a release does not need; \\! is a name's own '!'");
    }
    if (leaves_the_folder(text)) {
        return refused("it is outside of the connector's folder", "write a path from the folder with the gupfile");
    }
    while (text.starts_with("./")) text.remove_prefix(2);
    const bool is_of_folders = text.ends_with('/');
    if (is_of_folders) text.remove_suffix(1);
    const bool is_of_names = text.find('/') == std::string_view::npos;
    if (text.starts_with('/')) text.remove_prefix(1);
    if (text.empty() || text == ".") {
        return refused("it is the whole folder", "exclude = [\"Makefile\", \"scripts/\"] names files and folders");
    }
    return ExcludePattern(text, is_of_names ? Glob::Of::name : Glob::Of::path, is_of_folders);
}

bool ExcludePattern::matches(std::string_view path, bool is_folder) const {
    if (is_of_folders_ && !is_folder) return false;
    return glob_.matches(is_of_names_ ? path.substr(path.rfind('/') + 1) : path);
}

void CodeSelection::exclude(const std::vector<std::string>& patterns) {
    for (const std::string& text : patterns) {
        if (auto pattern = ExcludePattern::parse(text); pattern.ok()) patterns_.push_back(*std::move(pattern));
    }
}

void CodeSelection::use(ExportAttributes attributes, const std::string& below) {
    attributes_ = std::move(attributes);
    below_ = below.empty() ? std::string() : below + "/";
}

bool CodeSelection::names(std::string_view path, bool is_folder) const {
    const auto is_named = [&](const ExcludePattern& pattern) { return pattern.matches(path, is_folder); };
    return std::any_of(patterns_.begin(), patterns_.end(), is_named) ||
           (attributes_.has_any() && attributes_.ignores(below_ + std::string(path), is_folder));
}

bool CodeSelection::is_in_left_out_folder(std::string_view path) const {
    const std::string_view folder = folder_of(path);
    if (folder.empty()) return false;
    if (const auto known = folders_.find(folder); known != folders_.end()) return known->second;
    const bool is_left_out = is_in_left_out_folder(folder) || names(folder, true);
    folders_.emplace(folder, is_left_out);
    return is_left_out;
}

bool CodeSelection::leaves_out(std::string_view path) const {
    if (has_all() || kept_.contains(path)) return false;
    return is_in_left_out_folder(path) || names(path, false);
}

bool CodeSelection::leaves_out_folder(std::string_view path) const {
    const std::string inside = std::string(path) + "/";
    if (has_all() || !is_in_left_out_folder(inside)) return false;
    const auto kept = kept_.lower_bound(inside);
    return kept == kept_.end() || !kept->starts_with(inside);
}

std::string pattern_that_excludes(const std::vector<std::string>& patterns, std::string_view path) {
    for (const std::string& text : patterns) {
        const auto pattern = ExcludePattern::parse(text);
        if (!pattern.ok()) continue;
        for (std::string_view one = path; !one.empty(); one = folder_of(one)) {
            if (pattern->matches(one, true) || (one.size() == path.size() && pattern->matches(one, false))) return text;
        }
    }
    return {};
}

}  // namespace gup

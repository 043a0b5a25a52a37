// SPDX-License-Identifier: Apache-2.0
#include "util/zip/entry_names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "util/printable.hpp"
#include "util/text.hpp"
#include "util/utf8.hpp"

namespace gup {
namespace {

constexpr std::size_t longest_part = 255;   // NAME_MAX
constexpr std::size_t longest_path = 1024;  // what every tool can still handle below a folder
constexpr std::size_t longest_link = 1024;

Error refused(std::string reason) {
    return {ErrorCode::invalid_input, std::move(reason), {}};
}

Status check_characters(std::string_view name) {
    while (!name.empty()) {
        const Utf8Character character = first_character(name);
        if (character.length == 0) return refused("has a name that is not UTF-8");
        const bool is_control = character.code < 0x20 || (character.code >= 0x7F && character.code < 0xA0);
        if (character.code == 0) return refused("has a NUL in its name");
        if (is_control) return refused("has a control character in its name");
        name.remove_prefix(character.length);
    }
    return {};
}

}  // namespace

std::string without_dots(std::string_view name, ArchiveKind kind) {
    std::vector<std::string_view> parts;
    bool is_behind_dot = false;
    for (std::size_t from = 0; from <= name.size();) {
        const std::size_t slash = std::min(name.find('/', from), name.size());
        const std::string_view part = name.substr(from, slash - from);
        const bool is_last = slash == name.size();
        const bool is_dot = part == "." && !(is_last && kind != ArchiveKind::folder);
        is_behind_dot = is_dot || (is_behind_dot && part.empty());
        if (!is_behind_dot) parts.push_back(part);
        from = slash + 1;
    }
    return fmt::format("{}", fmt::join(parts, "/"));
}

Status check_entry_name(std::string_view name) {
    if (name.empty()) return refused("has no name");
    GUP_CHECK(check_characters(name));
    if (name.size() > longest_path) return refused(fmt::format("has a name of more than {} bytes", longest_path));
    if (name.find('\\') != std::string_view::npos) return refused("has a backslash in its name");
    if (name.front() == '/') return refused("is an absolute path");
    if (name.size() >= 2 && is_letter(name[0]) && name[1] == ':') return refused("begins with a drive letter");
    // A slash at the end would leave an empty part behind it.
    if (name.back() == '/') return refused("has an empty part in its name");
    for (std::string_view rest = name; !rest.empty();) {
        const std::string_view part = take_until(rest, '/');
        if (part == "..") return refused("leaves the folder");
        if (part.empty() || part == ".") return refused("has an empty part in its name");
        if (part.size() > longest_part) return refused(fmt::format("has a part of more than {} bytes", longest_part));
    }
    return {};
}

Status ArchivePaths::add(std::string_view name, ArchiveKind kind) {
    std::uint32_t folder = 0;
    for (std::string_view rest = name; !rest.empty();) {
        const std::string_view part = take_until(rest, '/');
        const bool is_last = rest.empty();
        const auto [found, is_new] = nodes_.try_emplace(
            Key{folder, part},
            Node{static_cast<std::uint32_t>(nodes_.size() + 1), is_last ? kind : ArchiveKind::folder, is_last});
        Node& there = found->second;
        folder = there.id;
        if (is_new) continue;
        if (is_last && there.is_entry) return refused("appears twice");
        if (is_last && kind != ArchiveKind::folder) return refused("is also a folder: it contains another entry");
        if (!is_last && there.kind != ArchiveKind::folder) {
            return refused(
                fmt::format("is below '{}', which is a {}", part, there.kind == ArchiveKind::link ? "link" : "file"));
        }
        there.is_entry |= is_last;
    }
    return {};
}

const ArchivePaths::Node* ArchivePaths::find(std::string_view path) const {
    const Node* node = nullptr;
    while (!path.empty()) {
        const auto found = nodes_.find({node == nullptr ? 0 : node->id, std::string(take_until(path, '/'))});
        if (found == nodes_.end()) return nullptr;
        node = &found->second;
    }
    return node;
}

Status ArchivePaths::check_link(std::string_view name, std::string_view text) const {
    const std::string shown = printable(text.substr(0, longest_part));
    if (text.empty()) return refused("is a link that leads nowhere");
    if (text.size() > longest_link) return refused("is a link whose target is too long");
    if (!check_characters(text).ok()) return refused(fmt::format("is a link whose target is not a path ('{}')", shown));
    const std::string leaves = fmt::format("is a link that leaves the folder: '{}'", shown);
    if (text.front() == '/') return refused(leaves);
    std::vector<std::string_view> parts;
    for (std::string_view rest = name; !rest.empty();) parts.push_back(take_until(rest, '/'));
    parts.pop_back();
    bool goes_down = false;
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view part = take_until(rest, '/');
        if (part.empty() || part == ".") continue;
        if (part != "..") {
            parts.push_back(part);
            goes_down = true;
        } else if (parts.empty()) {
            return refused(leaves);
        } else if (goes_down) {
            // Where a file system folds names, the one before it may be a link that is spelled in another way.
            return refused("is a link with '..' behind a name");
        } else {
            parts.pop_back();
        }
        const Node* passed = rest.empty() ? nullptr : find(fmt::format("{}", fmt::join(parts, "/")));
        if (passed != nullptr && passed->kind == ArchiveKind::link) {
            return refused(fmt::format("is a link that leads through another one: '{}'", shown));
        }
    }
    return {};
}

}  // namespace gup

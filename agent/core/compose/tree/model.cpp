// SPDX-License-Identifier: Apache-2.0
#include "core/compose/tree/model.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "core/compose/tree/merge.hpp"
#include "core/compose/tree/paths.hpp"

namespace gup::compose {

using yaml::Mark;
using yaml::Node;

Node Model::load(const std::vector<std::string>& paths, const std::string& folder, const Variables& variables,
                 const Mark& from) {
    Node merged;
    merged.kind = yaml::Kind::mapping;
    merged.mark = from;
    for (const std::string& path : paths) {
        const auto document = reader_.read(path, folder, variables, from);
        if (!document) continue;
        chain_.push_back(path);
        apply_includes(*document);
        chain_.pop_back();
        extender_.apply(*document);
        if (merged.entries.empty()) merged.mark = document->root.mark;
        merge(merged, std::move(document->root), {}, reader_.context().findings);
    }
    return merged;
}

bool Model::read_paths(const Node& node, std::string_view what, std::vector<std::string>& paths) {
    const auto add = [&](const Node& one) {
        auto path = reader_.local_path(one, what);
        if (!path) return false;
        paths.push_back(*std::move(path));
        return true;
    };
    if (!node.is_sequence()) return add(node);
    return std::all_of(node.items.begin(), node.items.end(), add);
}

bool Model::read_include(Document& document, const Node& entry, Include& include) {
    Findings& findings = reader_.context().findings;
    const Node* const path = entry.is_mapping() ? entry.find("path") : &entry;
    const Node* const folder = entry.find("project_directory");
    const Node* const env_file = entry.find("env_file");
    for (const yaml::Entry& one : entry.entries) {
        if (one.key == "path" || one.key == "project_directory" || one.key == "env_file") continue;
        findings.error(one.mark, fmt::format("include has no key {}", yaml::shown(one.key)),
                       "its keys are path, project_directory and env_file");
    }
    if (path == nullptr || path->is_null()) {
        findings.error(entry.mark, "an entry of include wants a path", "write - path: other.yaml");
        return false;
    }
    if (!read_paths(*path, "the included file", include.paths) || include.paths.empty()) return false;
    include.folder = folder_of(include.paths.front());
    if (folder != nullptr) {
        const auto given = reader_.local_path(*folder, "project_directory");
        if (!given) return false;
        include.folder = *given;
    }
    auto variables = std::make_unique<Variables>(*document.variables);
    std::vector<std::string> env_files;
    if (env_file != nullptr && !env_file->is_null()) {
        if (!read_paths(*env_file, "the env_file", env_files)) return false;
    }
    // The last file of a list wins.
    std::reverse(env_files.begin(), env_files.end());
    for (const std::string& one : env_files) {
        if (reader_.add_variables(one, *variables, env_file->mark)) continue;
        findings.error(env_file->mark, fmt::format("there is no file {} in the repository", yaml::shown(one)));
    }
    if (env_file == nullptr) {
        (void)reader_.add_variables(path_in(include.folder, ".env").value_or(".env"), *variables, entry.mark);
    }
    include.variables = included_variables_.emplace_back(std::move(variables)).get();
    return true;
}

void Model::apply_include(Document& document, const Node& entry) {
    Include include;
    if (!read_include(document, entry, include)) return;
    const auto again = std::find(chain_.begin(), chain_.end(), include.paths.front());
    if (again != chain_.end()) {
        const std::vector<std::string> circle(again, chain_.end());
        reader_.context().findings.error(
            entry.mark,
            fmt::format("the file includes itself: {} → {}", fmt::join(circle, " → "), include.paths.front()),
            "remove one of these includes");
        return;
    }
    import(document, load(include.paths, include.folder, *include.variables, entry.mark));
}

// What the including file says comes after what it includes.
void Model::import(Document& document, Node included) {
    constexpr std::array<std::string_view, 5> sections{"services", "volumes", "networks", "secrets", "configs"};
    for (const std::string_view section : sections) {
        Node* const theirs = included.find(section);
        if (theirs == nullptr || !theirs->is_mapping()) continue;
        Node* const ours = document.root.find(section);
        if (ours == nullptr || !ours->is_mapping()) {
            document.root.set(section, std::move(*theirs));
            continue;
        }
        for (yaml::Entry& entry : theirs->entries) {
            if (Node* const known = ours->find(entry.key)) {
                Node merged = std::move(entry.value);
                merge(merged, std::move(*known), {section, entry.key}, reader_.context().findings);
                *known = std::move(merged);
            } else {
                ours->entries.push_back(std::move(entry));
            }
        }
    }
}

void Model::apply_includes(Document& document) {
    Node* const found = document.root.find("include");
    if (found == nullptr || found->is_null()) return;
    const Node include = *found;
    document.root.remove("include");
    if (!include.is_sequence()) {
        reader_.context().findings.error(include.mark, "include wants a list", "write include: [other.yaml]");
        return;
    }
    for (const Node& entry : include.items) apply_include(document, entry);
}

}  // namespace gup::compose

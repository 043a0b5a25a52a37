// SPDX-License-Identifier: Apache-2.0
#include "app/lint/targets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

#include "app/lint/stacks.hpp"
#include "core/declaration/gupfile.hpp"
#include "core/requirements/candidates.hpp"
#include "util/sys/directory.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

using Kind = LintTarget::Kind;
using Targets = std::vector<LintTarget>;

constexpr const char* configuration_name = "gup-agent.toml";

std::optional<Kind> kind_of_file(const std::string& name) {
    if (name == gupfile_name || name.ends_with(".gupfile")) return Kind::gupfile;
    if (is_compose_name(name)) return Kind::compose;
    if (name.ends_with(".toml") && contains(name, "gup-agent")) return Kind::configuration;
    switch (kind_of_requirements(name)) {
        case RequirementsKind::pylock:
        case RequirementsKind::lock:
            return Kind::requirements;
        case RequirementsKind::other:
            return std::nullopt;
        case RequirementsKind::text:
            break;
    }
    const bool is_text = name.ends_with(".txt") || name.ends_with(".in") || contains(name, "requirements");
    return is_text ? std::optional(Kind::requirements) : std::nullopt;
}

Result<Targets> targets_of_file(const fs::path& file) {
    const std::string name = file.filename().string();
    const auto kind = kind_of_file(name);
    if (!kind) {
        return Error{ErrorCode::invalid_input, fmt::format("{} is not a file that lint knows", file.string()),
                     "lint checks gupfile, NAME.gupfile, gup-agent.toml, requirements.txt, pylock.toml, uv.lock, "
                     "poetry.lock, compose.yaml, and folders with them"};
    }
    if (name == gupfile_name) return Targets{{Kind::connector, file.parent_path()}};
    return Targets{{*kind, file}};
}

constexpr const char* stacks_folder = "services";

// The compose files of the folders in `folder`: one of each.
void add_stacks(const fs::path& folder, Targets& targets) {
    auto names = list_folder(folder);
    if (!names.ok()) return;
    for (const std::string& name : *names) {
        const fs::path file = name.starts_with('.') ? fs::path() : compose_file_of(folder / name);
        if (!file.empty()) targets.push_back({Kind::compose, file});
    }
}

// The gupfile of a folder above names it.
bool is_stacks_folder(const fs::path& folder) {
    const fs::path path = fs::absolute(folder / ".").lexically_normal().parent_path();
    for (fs::path above = path.parent_path(); above.has_relative_path(); above = above.parent_path()) {
        if (is_file(above / gupfile_name)) return above / services_section(above).folder == path;
    }
    return false;
}

// What the folder itself has.
Targets targets_in(const fs::path& folder) {
    Targets targets;
    const bool declares =
        is_file(folder / gupfile_name) || std::any_of(requirement_candidates.begin(), requirement_candidates.end(),
                                                      [&](const char* name) { return is_file(folder / name); });
    if (declares) targets.push_back({Kind::connector, folder});
    if (is_file(folder / configuration_name)) targets.push_back({Kind::configuration, folder / configuration_name});
    add_stacks(folder / services_section(folder).folder, targets);
    return targets;
}

// The same of its folders, except hidden ones.
Result<Targets> targets_below(const fs::path& folder) {
    Targets targets;
    GUP_TRY(const auto names, list_folder(folder));
    for (const std::string& name : names) {
        if (name.starts_with('.') || !is_folder(folder / name)) continue;
        const Targets found = targets_in(folder / name);
        targets.insert(targets.end(), found.begin(), found.end());
    }
    return targets;
}

}  // namespace

Result<std::vector<LintTarget>> lint_targets(const fs::path& path) {
    GUP_TRY(const auto info, file_info(path.empty() ? fs::path(".") : path));
    if (!info) {
        return Error{ErrorCode::not_found, fmt::format("{} does not exist", path.string()),
                     "name a file, or a folder with a gupfile"};
    }
    if (info->kind != FileKind::folder) return targets_of_file(path);
    if (is_file(path / gupfile_name)) return targets_in(path);
    Targets targets = targets_in(path);
    GUP_TRY(const Targets below, targets_below(path));
    const bool is_root = std::any_of(below.begin(), below.end(), [](const LintTarget& target) {
        return target.kind == Kind::connector && is_file(target.path / gupfile_name);
    });
    if (is_root || targets.empty()) {
        std::erase_if(targets, [](const LintTarget& target) { return target.kind == Kind::connector; });
        targets.insert(targets.end(), below.begin(), below.end());
    }
    if (targets.empty()) {
        // A stack's own folder, or the folder of the stacks.
        if (const fs::path file = compose_file_of(path); !file.empty()) targets.push_back({Kind::compose, file});
        const bool is_named = path.filename() == stacks_folder || is_stacks_folder(path);
        if (is_named) add_stacks(path, targets);
    }
    if (!targets.empty()) return targets;
    return Error{
        ErrorCode::invalid_input,
        fmt::format("{} has nothing to check: no gupfile, requirements.txt, lock file, gup-agent.toml or compose file",
                    path.string()),
        "gup-agent init FOLDER writes a gupfile"};
}

}  // namespace gup

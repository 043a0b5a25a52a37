// SPDX-License-Identifier: Apache-2.0
#include "core/stack/stack_mounts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "util/printable.hpp"

namespace gup {
namespace {

constexpr std::size_t longest_config = 512U << 10U;  // bytes

bool is_inside(const std::string& path, const std::string& folder) {
    return folder.empty() || path == folder || path.starts_with(folder + "/");
}

// The place on the gateway; nullopt: in the repository, or what the agent itself keeps there.
std::optional<std::string> place_outside(const std::string& followed, const StackFacts& facts) {
    if (!leaves_repository(followed)) return std::nullopt;
    std::string place = (std::filesystem::path(facts.base) / followed).lexically_normal().string();
    while (place.size() > 1 && place.ends_with('/')) place.pop_back();
    const bool is_kept = !facts.shared.empty() && is_inside(place, facts.shared);
    return is_kept ? std::nullopt : std::optional(place);
}

void settle_mount(compose::Mount& mount, const StackFiles& files, const StackFacts& facts) {
    if (mount.kind != compose::MountKind::bind || !mount.in_repository) return;
    const std::string followed = files.follow(mount.source);
    if (auto outside = place_outside(followed, facts)) {
        mount.in_repository = false;
        mount.source = *std::move(outside);
    } else if (!leaves_repository(followed)) {
        mount.source = followed;
    }
}

// Its container may change what the agent, git and hooks use.
bool has_the_code(const compose::Mount& mount) {
    return !mount.read_only && (mount.source.empty() || is_inside(mount.source, ".git"));
}

void settle_content(compose::Content& one, const StackFiles& files, const StackFacts& facts) {
    if (one.file.empty() || one.file.starts_with('/')) return;
    if (auto outside = place_outside(files.follow(one.file), facts)) one.file = *std::move(outside);
}

void read_config(compose::Content& one, const StackFiles& files, std::vector<Problem>& problems) {
    if (one.is_external || one.file.empty() || one.file.starts_with('/')) return;
    std::string wrong;
    auto text = files.read(one.file);
    if (!text.ok()) {
        wrong = text.error().message;
    } else if (!*text) {
        wrong = fmt::format("there is no file {} in the repository", printable(one.file));
    } else if ((*text)->size() > longest_config) {
        wrong = fmt::format("{} is longer than 512 KiB: mount it as a volume", printable(one.file));
    } else {
        one.content = **std::move(text);
        return;
    }
    problems.push_back({Severity::error,
                        one.place.line,
                        one.place.column,
                        fmt::format("the config {}: {}", printable(one.key), wrong),
                        {},
                        one.place.file});
}

}  // namespace

void settle_mounts(StackSources& sources, const StackFiles& files, const StackFacts& facts) {
    std::vector<compose::Mount*> binds;
    for (StackRead& read : sources.stacks) {
        compose::Project& project = read.loaded.project;
        for (compose::Content& one : project.secrets) settle_content(one, files, facts);
        for (compose::Content& one : project.configs) {
            settle_content(one, files, facts);
            read_config(one, files, sources.problems);
        }
        for (compose::Service& service : project.services) {
            for (compose::Mount& mount : service.mounts) {
                settle_mount(mount, files, facts);
                if (mount.kind == compose::MountKind::bind && mount.in_repository) binds.push_back(&mount);
            }
        }
    }
    for (compose::Mount* const mount : binds) {
        const bool is_in_another = std::ranges::any_of(binds, [&](const compose::Mount* other) {
            return !other->read_only && other->source != mount->source && is_inside(mount->source, other->source);
        });
        mount->needs_permission = facts.is_others || is_in_another || has_the_code(*mount);
    }
}

}  // namespace gup

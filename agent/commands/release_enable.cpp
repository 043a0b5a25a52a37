// SPDX-License-Identifier: Apache-2.0
#include "commands/release_enable.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "connector/generation_store.hpp"
#include "connector/layout.hpp"
#include "core/release.hpp"
#include "deploy/mirror/location.hpp"
#include "deploy/release_deployment.hpp"
#include "transaction/recovery.hpp"
#include "update/connector_command.hpp"
#include "update/generation_switch.hpp"
#include "util/log/log.hpp"

namespace gup {
namespace {

Result<Generation> named_release(const ConnectorLayout& site, const std::vector<Generation>& releases,
                                 const std::string& id) {
    if (const Generation* found = find_generation(releases, id)) return *found;
    GUP_CHECK(check_release_id(id));
    return Error{ErrorCode::invalid_input, fmt::format("release {} of {} is not installed", id, site.name),
                 known_ids(releases, "none is installed: gup-agent release install " + site.name)};
}

bool is_of(const Generation& release, const ReleaseCode& code) {
    if (!code.commit.empty()) return release.commit == code.commit;
    return release.commit.empty() && release.id == code.id;
}

// Of what its source had when it was asked last.
Result<Generation> latest_of_source(const ConnectorLayout& site, const std::vector<Generation>& releases,
                                    const DeclaredConnector& declared) {
    for (const Generation& one : releases) {
        if (one.source == display(declared.source)) return one;
    }
    return Error{ErrorCode::invalid_input,
                 fmt::format("no release of {} is of {}", site.name, display(declared.source)),
                 fmt::format("gup-agent now {} makes one; {}", site.name, known_ids(releases, "none is installed"))};
}

// Where there is no repository, `release install` has taken a folder.
std::string folder_of_last_install(const ConnectorLayout& site, const std::vector<Generation>& releases) {
    if (is_there(release_repository(site) / ".git") || is_there(release_repository(site) / "HEAD")) return {};
    const auto found =
        std::find_if(releases.begin(), releases.end(), [](const auto& one) { return !one.folder.empty(); });
    return found == releases.end() ? std::string() : found->folder;
}

Result<Generation> current_release(const UpdateSettings& settings, const ConnectorLayout& site,
                                   const std::vector<Generation>& releases, const ReleaseRequest& wanted) {
    for (const DeclaredConnector& declared : settings.declared) {
        if (declared.name == site.name && wanted.from.empty()) return latest_of_source(site, releases, declared);
    }
    ReleaseRequest current = wanted;
    if (wanted.from.empty()) current.from = folder_of_last_install(site, releases);
    const auto code = find_release_code(site, current);
    if (!code.ok() && wanted.from.empty() && !releases.empty()) {
        return Error{code.error().code, code.error().message, known_ids(releases, "")};
    }
    if (!code.ok()) return code.error();
    for (const Generation& one : releases) {
        if (is_of(one, *code)) return one;
    }
    const std::string from = current.from.empty() ? "" : " --from " + current.from;
    return Error{ErrorCode::invalid_input,
                 fmt::format("no release of {} is of {}{}", site.name, code->origin,
                             code->branch.empty() ? "" : fmt::format(" ({})", code->branch)),
                 fmt::format("gup-agent release install {}{} makes it; {}", site.name, from,
                             known_ids(releases, "none is installed"))};
}

}  // namespace

Result<RunReport> run_release_enable(const UpdateSettings& settings, const ReleaseRequest& wanted,
                                     const RunEvents& events) {
    GUP_TRY(const ConnectorLayout site, find_layout(settings, wanted.name));
    const log::ConnectorScope scope(site.name);
    GUP_CHECK(recover_if_needed(settings, site.name));
    const std::vector<Generation> releases = list_releases(site.folder);
    GUP_TRY(Generation release, wanted.version.empty() ? current_release(settings, site, releases, wanted)
                                                       : named_release(site, releases, wanted.version));
    const std::string id = release.id;
    const Generation* before = find_generation(releases, enabled_release(settings.root, site.name));
    ConnectorCommand command(settings, events, site.name, {});
    const Observation observation = observe_for_release(site, settings);
    command.describe(observation);
    if (before != nullptr && before->id == id && leads_to_release(site) &&
        mirror_damage(settings.declared, site, *before).empty()) {
        const std::string reason = fmt::format("{} is already at {}", site.name, id);
        log::info(site.name, reason);
        return command.unchanged(reason);
    }
    std::optional<Release> left;
    if (before != nullptr && release.sequence < before->sequence) {
        left = Release{before->commit, before->pins, observation.stacks.settings};
    }
    if (before != nullptr && before->id != id) release.previous = before->id;
    return switch_generation({observation, release, Layout::releases, left, {}}, command, settings, events);
}

}  // namespace gup

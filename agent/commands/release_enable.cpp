#include "commands/release_enable.hpp"

#include <fmt/format.h>

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
                 known_ids(releases, "none is installed: gup-agent release install")};
}

Result<std::vector<Generation>> releases_of(const ConnectorLayout& site) {
    return list_releases(site.folder);
}

}  // namespace

Result<RunReport> run_release_enable(const UpdateSettings& settings, const std::string& name, const std::string& id,
                                     const RunEvents& events) {
    GUP_TRY(const ConnectorLayout site, find_layout(settings, name));
    const log::ConnectorScope scope(site.name);
    GUP_CHECK(recover_if_needed(settings, site.name));
    GUP_TRY(const auto releases, releases_of(site));
    GUP_TRY(Generation release, named_release(site, releases, id));
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
    if (before != nullptr && release.sequence < before->sequence) left = Release{before->commit, before->pins};
    if (before != nullptr && before->id != id) release.previous = before->id;
    return switch_generation({observation, release, Layout::releases, left, {}}, command, settings, events);
}

}  // namespace gup

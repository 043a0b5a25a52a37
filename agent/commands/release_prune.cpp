// SPDX-License-Identifier: Apache-2.0
#include "commands/release_prune.hpp"

#include <fmt/format.h>

#include "connector/generation_store.hpp"
#include "connector/layout.hpp"
#include "deploy/release_deployment.hpp"
#include "transaction/recovery.hpp"
#include "update/connector_command.hpp"
#include "util/log/log.hpp"

namespace gup {
namespace {

Result<ConnectorLayout> find_known_layout(const UpdateSettings& settings, const std::string& name) {
    GUP_TRY(ConnectorLayout site, find_layout(settings, name));
    if (is_there(site.link) || is_there(site.folder)) return site;
    return Error{ErrorCode::invalid_input, fmt::format("no connector is named {}", name),
                 "gup-agent release install --from DIR creates its first release"};
}

}  // namespace

Result<ReleaseList> read_releases(const UpdateSettings& settings, const std::string& name) {
    GUP_TRY(const ConnectorLayout site, find_known_layout(settings, name));
    return ReleaseList{list_releases(site.folder), enabled_release(settings.root, site.name)};
}

Result<RunReport> run_release_prune(const UpdateSettings& settings, const std::string& name, std::size_t keep,
                                    const RunEvents& events) {
    GUP_TRY(const ConnectorLayout site, find_known_layout(settings, name));
    const log::ConnectorScope scope(site.name);
    GUP_CHECK(recover_if_needed(settings, site.name));
    ConnectorCommand command(settings, events, site.name, {});
    command.remember();
    const auto pruned = prune_releases(site, settings.state, keep);
    if (!pruned.ok()) return command.fail(pruned.error());
    for (const std::string& id : *pruned) command.add_action(fmt::format("removed release {}", id));
    return command.done();
}

}  // namespace gup

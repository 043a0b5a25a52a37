// SPDX-License-Identifier: Apache-2.0
#include "deploy/stacks/stack_removal.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/stack/stack_set.hpp"
#include "deploy/stacks/stack_images.hpp"
#include "host/podman/objects.hpp"
#include "util/log/log.hpp"

namespace gup {
namespace {

void warn_if_failed(const std::string& connector, const Status& status) {
    if (!status.ok()) log::warning(connector, status.error().message);
}

}  // namespace

Result<std::vector<std::string>> remove_stacks(const StackSite& site, const Owner& owner) {
    std::vector<std::string> actions;
    const std::string& name = site.connector();
    if (!is_folder(site.folder.live())) return actions;
    GUP_TRY(const auto text, read_unit_file(site.folder, stack_record_name));
    const StackRecord record = text ? parse_stack_record(*text).value_or({}) : StackRecord{};
    std::vector<UnitClaim> claims;
    for (const StackUnit& unit : record.units) claims.push_back({unit.name, name, owner});
    GUP_CHECK(stop_units(claims, site.systemd));
    GUP_CHECK(stage_unit_folder(site.folder, {{stack_record_name, format_stack_record({}), true}}));
    GUP_CHECK(exchange_unit_folder(site.folder));
    GUP_CHECK(reload_units(site.systemd));
    GUP_CHECK(finish_unit_folder(site.folder));
    GUP_CHECK(remove_unit_target(site.folder));
    actions.push_back(fmt::format("stopped its containers, and removed {}", site.folder.live().string()));
    drop_images({}, site);
    for (const std::string& secret : record.secrets) warn_if_failed(name, remove_secret(secret, site.podman));
    for (const StackNetwork& network : record.networks) {
        warn_if_failed(name, remove_network(network.name, site.podman));
    }
    if (!record.volumes.empty()) {
        actions.push_back(
            fmt::format("kept the volumes {}; podman volume rm removes them", fmt::join(record.volumes, ", ")));
    }
    return actions;
}

}  // namespace gup

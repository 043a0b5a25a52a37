// SPDX-License-Identifier: Apache-2.0
#include "deploy/stacks/stack_removal.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "core/stack/stack_record.hpp"
#include "deploy/stacks/stack_images.hpp"
#include "host/podman/objects.hpp"
#include "host/units/stack_units.hpp"
#include "host/units/unit_folder.hpp"
#include "util/log/log.hpp"
#include "util/sys/directory.hpp"
#include "util/worker/worker.hpp"

namespace gup {
namespace {

using nlohmann::json;

// Of a damaged record, what the files tell.
Result<StackRecord> find_record(const UnitFolder& folder) {
    GUP_TRY(const auto files, read_unit_folder(folder));
    StackRecord record;
    constexpr std::string_view container = ".container";
    for (const UnitFolderFile& file : files) {
        if (file.name == stack_record_name) {
            if (auto parsed = parse_stack_record(file.text); parsed.ok()) return parsed;
        } else if (file.name.ends_with(container)) {
            StackUnit unit;
            unit.name = file.name.substr(0, file.name.size() - container.size()) + ".service";
            record.units.push_back(std::move(unit));
        }
    }
    return record;
}

void warn_if_failed(const std::string& connector, const Status& status) {
    if (!status.ok()) log::warning(connector, status.error().message);
}

}  // namespace

Result<std::vector<std::string>> remove_stacks(const UnitFolder& folder, const Owner& owner,
                                               const ActivateSettings& settings) {
    std::vector<std::string> actions;
    const std::string& name = folder.connector;
    if (!is_folder(folder.live())) return actions;
    if (in_worker() && !folder.user) {
        GUP_TRY(const json answer, ask_agent("remove_stacks", {{"connector", name}}));
        return answer.get<std::vector<std::string>>();
    }
    const StackSite site = stack_site_of(folder, settings);
    GUP_TRY(StackRecord record, find_record(folder));
    std::vector<UnitClaim> claims;
    for (const StackUnit& unit : record.units) claims.push_back({unit.name, name, owner});
    GUP_CHECK(stop_units(claims, site.systemd));
    // The record stays until all is gone. Nothing in it runs: a later deployment starts all of it.
    record.key.clear();
    for (StackUnit& unit : record.units) unit.content.clear();
    GUP_CHECK(stage_unit_folder(folder, {{stack_record_name, format_stack_record(record), true}}));
    GUP_CHECK(exchange_unit_folder(folder));
    GUP_CHECK(reload_units(site.systemd));
    drop_images({}, site);
    for (const std::string& secret : record.secrets) warn_if_failed(name, remove_secret(secret, site.podman));
    for (const StackNetwork& network : record.networks) {
        warn_if_failed(name, remove_network(network.name, site.podman));
    }
    GUP_CHECK(finish_unit_folder(folder));
    actions.push_back(fmt::format("stopped its containers, and removed {}", folder.live().string()));
    if (!record.volumes.empty()) {
        actions.push_back(
            fmt::format("kept the volumes {}; podman volume rm removes them", fmt::join(record.volumes, ", ")));
    }
    return actions;
}

Result<json> answer_removal_question(const std::string& connector, const ActivateSettings& settings) {
    GUP_TRY(const auto actions, remove_stacks({connector}, owner_with(0), settings));
    return json(actions);
}

}  // namespace gup

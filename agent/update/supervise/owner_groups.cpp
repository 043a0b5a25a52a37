// SPDX-License-Identifier: Apache-2.0
#include "update/supervise/owner_groups.hpp"

#include <algorithm>

#include "connector/layout.hpp"
#include "util/log/log.hpp"

namespace gup {

Result<std::vector<Connector>> find_connectors(const ScanSettings& settings, const std::vector<std::string>& names) {
    GUP_TRY(const Scan scan, scan_root(settings));
    for (const std::string& warning : scan.warnings) log::warning({}, warning);
    return select_connectors(scan, names);
}

std::vector<OwnerGroup> group_by_owner(const ScanSettings& settings, const std::vector<Connector>& connectors,
                                       const OwnerError& on_error) {
    std::vector<OwnerGroup> groups;
    for (const Connector& connector : connectors) {
        const auto owner = find_owner(settings, connector.name);
        if (!owner.ok()) {
            on_error(connector, owner.error());
            continue;
        }
        auto group = std::find_if(groups.begin(), groups.end(),
                                  [&](const OwnerGroup& one) { return one.owner.uid == owner->uid; });
        if (group == groups.end()) group = groups.insert(groups.end(), {*owner, {}});
        group->connectors.push_back(connector);
    }
    return groups;
}

std::vector<std::string> names_of(const std::vector<Connector>& connectors) {
    std::vector<std::string> names;
    names.reserve(connectors.size());
    for (const Connector& connector : connectors) names.push_back(connector.name);
    return names;
}

}  // namespace gup

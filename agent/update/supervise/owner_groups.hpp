// SPDX-License-Identifier: Apache-2.0
// The connectors of a run, by the owners whose workers work on them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "connector/scan.hpp"
#include "host/owner.hpp"
#include "util/result.hpp"

namespace gup {

// The named connectors, all when `names` is empty; a line in the log for each folder that is ignored. Fails as scan_root and
// select_connectors do.
[[nodiscard]] Result<std::vector<Connector>> find_connectors(const ScanSettings& settings,
                                                             const std::vector<std::string>& names);

struct OwnerGroup {
    Owner owner;
    std::vector<Connector> connectors;
};
// In the order of their first connectors. `on_error` gets each connector for which find_owner fails.
using OwnerError = std::function<void(const Connector& connector, const Error& error)>;
[[nodiscard]] std::vector<OwnerGroup> group_by_owner(const ScanSettings& settings,
                                                     const std::vector<Connector>& connectors,
                                                     const OwnerError& on_error);

[[nodiscard]] std::vector<std::string> names_of(const std::vector<Connector>& connectors);

}  // namespace gup

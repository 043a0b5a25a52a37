// SPDX-License-Identifier: Apache-2.0
// Takes a connector away. Its folder disappears with one rename; after that only files are removed, and a second call
// finishes what a crash has left.
#pragma once

#include <string>
#include <vector>

#include "connector/settings.hpp"
#include "core/report.hpp"
#include "host/owner.hpp"
#include "util/result.hpp"

namespace gup {

struct RemovalRequest {
    std::string name;
    bool keeps_data = false;  // its folder, or the persisted data of its releases, stays
    bool is_forced = false;   // local work may be lost
};

// What a removal will do, for people.
struct RemovalPlan {
    Owner owner;
    bool is_connector = false;  // false: only leftovers
    std::vector<std::string> removed;
    std::vector<std::string> kept;
    std::string local_work;  // that would be lost; empty: none
    std::string service;     // the unit of its gupfile; empty: none

    [[nodiscard]] bool empty() const { return removed.empty(); }
};

// Reads only. The plan is empty when nothing of that name exists. Fails as find_layout does.
[[nodiscard]] Result<RemovalPlan> plan_removal(const UpdateSettings& settings, const RemovalRequest& request);

// Only under the lock. Fails with conflict, before any change, when local work would be lost. Links are removed, and never
// followed. Leaves known_hosts, which other connectors share, and its history.
[[nodiscard]] Result<RunReport> run_remove(const UpdateSettings& settings, const RemovalRequest& request,
                                           const RemovalPlan& plan, const RunEvents& events);

}  // namespace gup

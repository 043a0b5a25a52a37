// SPDX-License-Identifier: Apache-2.0
// Two connectors must not have the same port, or the same name of a unit, container, volume or network.
#pragma once

#include <optional>
#include <vector>

#include "core/stack/stack_claims.hpp"
#include "host/units/unit_folder.hpp"

namespace gup {

// Asks the agent, which knows what all connectors have, and what they asked for in this run. Fails with conflict. Outside of
// a worker nothing is asked.
[[nodiscard]] Status claim_for(const UnitFolder& folder, const std::vector<StackClaim>& claims);

// What the connectors have whose containers are the user's; of root without one.
[[nodiscard]] std::vector<ClaimHolder> claims_on_disk(const std::optional<Owner>& user, const fs::path& system = "/");

// Fails with conflict for a port of `claims` on which something listens, when it is not one of `before`.
[[nodiscard]] Status check_free_ports(const std::vector<StackClaim>& claims, const std::vector<StackClaim>& before,
                                      const fs::path& proc = "/proc");

}  // namespace gup

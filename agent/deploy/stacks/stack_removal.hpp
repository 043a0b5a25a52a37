// SPDX-License-Identifier: Apache-2.0
// Removes the containers of a connector that is removed. Volumes stay.
#pragma once

#include <string>
#include <vector>

#include "connector/stacks.hpp"
#include "util/result.hpp"

namespace gup {

// Stops the units and removes them, with the images, secrets and networks that are the connector's. Returns what was done,
// for people; empty: it has none. Another call finishes what a crash interrupted. As the connector's owner.
[[nodiscard]] Result<std::vector<std::string>> remove_stacks(const StackSite& site, const Owner& owner);

}  // namespace gup

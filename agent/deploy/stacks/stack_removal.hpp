// SPDX-License-Identifier: Apache-2.0
// Removes the containers of a connector that is removed, or of a place where it may have none any more. Volumes stay.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "connector/stacks.hpp"
#include "util/result.hpp"

namespace gup {

// Stops the units of the folder and removes them, with the images, secrets and networks that are the connector's. Returns
// what was done, for people; empty: it has none. Another call finishes what a crash interrupted. As the connector's owner;
// a worker asks the agent about root's folder, also when the connector may not have it any more.
[[nodiscard]] Result<std::vector<std::string>> remove_stacks(const UnitFolder& folder, const Owner& owner,
                                                             const ActivateSettings& settings);

// The agent's answer.
[[nodiscard]] Result<nlohmann::json> answer_removal_question(const std::string& connector,
                                                             const ActivateSettings& settings);

}  // namespace gup

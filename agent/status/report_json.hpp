// SPDX-License-Identifier: Apache-2.0
// Reports as JSON: one shape for the status document and the events of `now --json` (docs/json.md is the schema).
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "core/report.hpp"

namespace gup {

void to_json(nlohmann::json& json, const ConnectorReport& report);
// Missing members keep their defaults. Throws nlohmann::json::exception on a member of the wrong type.
void from_json(const nlohmann::json& json, ConnectorReport& report);

}  // namespace gup

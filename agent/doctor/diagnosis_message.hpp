// SPDX-License-Identifier: Apache-2.0
// What a worker found out for `doctor`, on its way to the agent.
#pragma once

#include <nlohmann/json.hpp>

#include "doctor/connector_checks.hpp"

namespace gup {

[[nodiscard]] nlohmann::json diagnosis_message(const ConnectorDiagnosis& found);
// Adds it to what other workers found out.
void add_from_message(const nlohmann::json& value, ConnectorDiagnosis& all);

}  // namespace gup

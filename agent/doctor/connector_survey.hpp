// SPDX-License-Identifier: Apache-2.0
// The checks of `doctor` for all connectors, each in a worker of its owner (doctor/connector_checks).
#pragma once

#include <string>
#include <vector>

#include "doctor/connector_checks.hpp"

namespace gup {

// The named connectors (all when empty), each in a worker of its owner. Fails with invalid_input for an unknown name; an
// unreadable root is a finding. After a stop request (util/sys/signals) nothing is found any more.
[[nodiscard]] Result<ConnectorSurvey> check_connectors(const UpdateSettings& settings,
                                                       const std::vector<std::string>& names, const RunEvents& events,
                                                       Diagnosis& diagnosis);

}  // namespace gup

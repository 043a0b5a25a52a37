// SPDX-License-Identifier: Apache-2.0
// Values that cross the border between the agent and a worker.
#pragma once

#include <nlohmann/json.hpp>

#include "core/report.hpp"

namespace gup {

// Unlike the status document, with what only this run needs.
[[nodiscard]] nlohmann::json report_message(const ConnectorReport& report);
// Fails with protocol for a value that is none, or is longer than 256 KiB.
[[nodiscard]] Result<ConnectorReport> report_from_message(const nlohmann::json& value);

[[nodiscard]] nlohmann::json run_message(const RunReport& run);
[[nodiscard]] Result<RunReport> run_from_message(const nlohmann::json& value);

}  // namespace gup

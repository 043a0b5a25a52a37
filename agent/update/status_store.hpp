// SPDX-License-Identifier: Apache-2.0
// The status document of this gateway, as a run reads and writes it. A worker reads it, and asks the agent to write.
#pragma once

#include "connector/settings.hpp"
#include "core/report.hpp"
#include "status/status_document.hpp"

namespace gup {

// The path of the status document.
[[nodiscard]] fs::path status_file(const UpdateSettings& settings);

// The status document; empty when it cannot be read, with a line in the log.
[[nodiscard]] StatusDocument known_status(const UpdateSettings& settings);

// Writes the news of `report` compared with `before`, the current document, and adds them to the history. Returns whether
// there were any; logs a failed write.
bool save_status(const UpdateSettings& settings, const StatusDocument& before, const RunReport& report,
                 Coverage coverage);

}  // namespace gup

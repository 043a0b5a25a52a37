// SPDX-License-Identifier: Apache-2.0
// One run over all connectors: lock, recover, then a worker for each owner (update/owner_run), and what they report.
#pragma once

#include <string>
#include <vector>

#include "connector/settings.hpp"
#include "core/report.hpp"
#include "util/sys/lock.hpp"

namespace gup {

// The lock of every command that changes something. Fails with busy when another run has it.
[[nodiscard]] Result<FileLock> take_run_lock(const UpdateSettings& settings);

// Brings the named connectors (all when empty) to what git and their gupfiles say, and writes status.json when there is
// news. Fails with invalid_input for an unknown name or a missing root; the report has the failures of connectors. Only
// under the lock.
[[nodiscard]] Result<RunReport> run_update(const UpdateSettings& settings, const std::vector<std::string>& names,
                                           const RunEvents& events);

// Finishes or undoes interrupted transactions. Only under the lock.
[[nodiscard]] RunReport run_recover(const UpdateSettings& settings, const RunEvents& events);

}  // namespace gup

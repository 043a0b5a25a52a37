// SPDX-License-Identifier: Apache-2.0
// Goes back to an earlier generation: code and virtualenv, without a network.
#pragma once

#include <string>

#include "connector/settings.hpp"
#include "core/report.hpp"
#include "util/result.hpp"

namespace gup {

struct RollbackRequest {
    std::string connector;
    std::string generation;  // its id; empty: the one before the running one
    std::string reason;      // why the running generation failed; empty: a person asked for the rollback
};

// Rolls back the connector's code and virtualenv under its journal, with hooks, restart and health as in a night.
// Quarantines the release that it leaves, so that the next night does not reinstall it. The outcome is updated
// (rolled_back, if there is a reason), unchanged (already there), or failed, blocked or rolled_back without an action
// (nothing has changed). Fails with invalid_input for an unknown connector or generation; the hint lists the existing
// ones. Only under the lock.
[[nodiscard]] Result<RunReport> run_rollback(const UpdateSettings& settings, const RollbackRequest& request,
                                             const RunEvents& events);

}  // namespace gup

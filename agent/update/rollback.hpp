// Back to a generation that ran here before: code and virtualenv, without a network.
#pragma once

#include <string>

#include "connector/settings.hpp"
#include "core/report.hpp"
#include "util/result.hpp"

namespace gup {

struct RollbackRequest {
    std::string connector;
    std::string generation;  // its id; empty: the one before the one that runs
    std::string reason;      // why what runs did not come up; empty: a person asked for it
};

// Switches the connector's code and virtualenv back under its journal, with hooks, restart and health as in a night,
// and remembers the release that it leaves, so that the next night does not bring it back. A report with the outcome
// updated (rolled_back, when there is a reason), unchanged (it is there already), or failed, blocked or rolled_back
// without an action (it is as it was). Fails with invalid_input when there is no such
// connector or generation; the hint names those that there are. Only under the lock.
[[nodiscard]] Result<RunReport> run_rollback(const UpdateSettings& settings, const RollbackRequest& request,
                                             const RunEvents& events);

}  // namespace gup

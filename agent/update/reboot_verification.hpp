// Connectors that name no service run their new code only after a reboot: until it is seen that it happened, and that
// they are healthy then, they do not count as updated.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connector/settings.hpp"
#include "core/report.hpp"
#include "host/reboot_request.hpp"

namespace gup {

// What became of the reboot that an earlier run asked for.
struct RebootState {
    std::optional<RebootRequest> standing;  // it did not happen yet, or is to be asked for once more
    std::vector<std::string> healthy;       // connectors that run their update since then
};

// What `report` says of a connector that was updated in this run, or of one that waits since then: deferred; of one
// that runs its update since the reboot: updated.
void wait_for_reboot(ConnectorReport& report, const RebootState& news, RebootWish wish);

// Writes down, before the reboot, who waits for it. Fails when it cannot be written: nothing will be verified then.
[[nodiscard]] Status remember_reboot(const UpdateSettings& settings, const RunReport& report);

// Looks whether the reboot happened that an earlier run asked for. After it, once the machine is up, the connectors are
// looked at, all at the same time: who is healthy is updated in the status document, who is not is rolled back and
// quarantined (and runs on until another reboot, which is asked for then). Who has been changed by somebody since is
// not looked at. Only under the lock.
RebootState verify_reboot(const UpdateSettings& settings, const RunEvents& events);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// Connectors without a service run their new code only after a reboot. They are `deferred` until the reboot has
// happened and they are healthy.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connector/settings.hpp"
#include "core/report.hpp"
#include "host/reboot.hpp"

namespace gup {

// The result of a reboot that an earlier run requested.
struct RebootState {
    std::optional<RebootRequest> standing;  // it has not happened yet, or must be requested again
    std::vector<std::string> healthy;       // connectors that run their update since the reboot
};

// Sets the outcome for a reboot: deferred for a connector that was updated in this run or waits since an earlier one;
// updated for one that runs its update since the reboot.
void wait_for_reboot(ConnectorReport& report, const RebootState& news, RebootWish wish);

// Stores, before the reboot, the connectors that wait for it. Fails when it cannot be written: then nothing will be
// verified.
[[nodiscard]] Status remember_reboot(const UpdateSettings& settings, const RunReport& report);

// Checks whether the reboot of an earlier run has happened. After it, once the machine is up, checks all waiting
// connectors at the same time. A healthy one becomes updated in the status document. An unhealthy one is rolled back
// and quarantined; it runs until a second reboot, which is requested then. Connectors that were changed since
// then are not checked. Only under the lock.
RebootState verify_reboot(const UpdateSettings& settings, const RunEvents& events);

}  // namespace gup

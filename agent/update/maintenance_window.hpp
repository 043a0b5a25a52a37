// SPDX-License-Identifier: Apache-2.0
// Whether a connector may be updated now, by the [update] table of its gupfile. A window is never ignored, because it
// is a promise. `busy` and `ready` are ignored after `at-most`.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "connector/observe.hpp"
#include "connector/settings.hpp"
#include "core/report.hpp"
#include "status/status_document.hpp"
#include "util/clock.hpp"
#include "util/time_zone.hpp"

namespace gup {

// Its update times: those of its gupfile, overridden by the operator's.
[[nodiscard]] UpdateTimes update_times(const Observation& observation, const WindowSettings& settings);

// Why the connector's update must wait, by its window and its busy file. `status` has the start of the wait. As the
// connector's owner.
[[nodiscard]] std::optional<Deferral> find_deferral(const Observation& observation, const WindowSettings& settings,
                                                    const StatusDocument& status);

// The checks for all connectors of a run; each connector's own program runs once. Only scheduled runs wait. For several
// threads, each with another connector.
class MaintenanceWindow {
public:
    // Both outlive it; `status` is filled in before the first check.
    MaintenanceWindow(const UpdateSettings& settings, const StatusDocument& status)
        : settings_(settings), status_(status) {}

    // Why the connector's update must wait, including its program (`ready`). As its owner.
    [[nodiscard]] std::optional<Deferral> ask(const Observation& observation);
    // The same right before activation: the window may have closed, and the busy file may exist now.
    [[nodiscard]] std::optional<Deferral> recheck(const Observation& observation) const;

private:
    const UpdateSettings& settings_;
    const StatusDocument& status_;
    std::mutex mutex_;
    std::map<std::string, std::optional<Deferral>> answers_;
};

// The next opening of `window` after `now`; nullopt if it never opens.
[[nodiscard]] std::optional<UnixTime> next_opening(const UpdateWindow& window, const TimeZone& zone, UnixTime now);

}  // namespace gup

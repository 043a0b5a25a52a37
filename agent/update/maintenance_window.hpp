// Whether a connector may be changed now, as the [update] table of its gupfile says. A window is always kept: it is a
// promise to somebody. What the connector itself has against an update counts until `at-most` is over.
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

// Why an update has to wait.
struct Deferral {
    Outcome outcome = Outcome::deferred;  // failed: it waits for longer than `at-most`, or it cannot be told
    std::string reason;                   // what is in the way; the same every time
    std::string hint;
    Waiting waiting;
};

// When it may be changed: what its gupfile says, and the operator over it.
[[nodiscard]] UpdateTimes update_times(const Observation& observation, const WindowSettings& settings);

// Why the connector's update has to wait, as far as its window and its busy file say. `status`: since when it does.
// Only while acting as the connector's owner.
[[nodiscard]] std::optional<Deferral> find_deferral(const Observation& observation, const WindowSettings& settings,
                                                    const StatusDocument& status);

// The question for all connectors of a run; each connector's own program is asked once. Where nobody scheduled the
// run, nothing waits. For several threads, each with another connector.
class MaintenanceWindow {
public:
    // Both outlive it; `status` is filled in before it is asked.
    MaintenanceWindow(const UpdateSettings& settings, const StatusDocument& status)
        : settings_(settings), status_(status) {}

    // Why the connector's update has to wait, its program (`ready`) included. Only while acting as its owner.
    [[nodiscard]] std::optional<Deferral> ask(const Observation& observation);
    // The same later, before the switch: the window may have closed, the file may be there by now.
    [[nodiscard]] std::optional<Deferral> recheck(const Observation& observation) const;

private:
    const UpdateSettings& settings_;
    const StatusDocument& status_;
    std::mutex mutex_;
    std::map<std::string, std::optional<Deferral>> answers_;
};

// When `window` opens next after `now`; nullopt when it never does.
[[nodiscard]] std::optional<UnixTime> next_opening(const UpdateWindow& window, const TimeZone& zone, UnixTime now);

}  // namespace gup

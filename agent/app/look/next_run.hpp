// SPDX-License-Identifier: Apache-2.0
// The next scheduled run, by what starts it: systemd's timer, a line of a crontab, or the daemon.
#pragma once

#include <optional>
#include <string>

#include "app/config/config.hpp"
#include "doctor/schedulers.hpp"
#include "util/clock.hpp"

namespace gup {

struct NextRun {
    UnixTime time = 0;  // 0: unknown
    std::string by;     // "timer", "cron", "daemon"
    std::string place;  // "/etc/cron.d/gup-agent:5", "gup-agent.timer"
};

struct RunForecast {
    std::optional<NextRun> next;
    bool is_known = true;  // false: this user may not see all that could start one
};

// The earliest of all. A random delay (run.delay) comes on top. Asks systemctl if the timer is enabled.
[[nodiscard]] RunForecast forecast_run(const Config& config, const SchedulerPlaces& places, UnixTime now);

// The next time of a line of a crontab; nullopt for @reboot and what is no time.
[[nodiscard]] std::optional<UnixTime> next_cron_time(std::string_view line, const TimeZone& zone, UnixTime now);

// The moment that systemd names: "Tue 2026-12-01 02:01:05 CET", in the machine's zone or UTC; nullopt for "n/a" and "".
[[nodiscard]] std::optional<UnixTime> systemd_time(std::string_view text, const TimeZone& zone);

}  // namespace gup

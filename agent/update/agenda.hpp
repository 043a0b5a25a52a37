// SPDX-License-Identifier: Apache-2.0
// When runs are due: cron expressions in a time zone, what was missed, and the random delay. No clock of its own, no
// I/O but the record of what was served.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/declaration/cron_expression.hpp"
#include "util/clock.hpp"
#include "util/sys/file.hpp"
#include "util/time_zone.hpp"

namespace gup {

// The first moment after `after` that `expression` names in `zone`. Where clocks change it does as Debian's cron(8):
// - A fixed time of the day that is jumped over (02:30 when 02:00 becomes 03:00) happens at the moment of the jump;
//   several such times happen together, once. A time that clocks show twice happens the first time only.
// - An expression whose minute or hour begins with '*' follows local time: minutes that the clock does not show do not
//   happen, minutes that it shows twice happen twice.
[[nodiscard]] UnixTime next_time(const CronExpression& expression, const TimeZone& zone, UnixTime after);

struct Schedule {
    std::string connector;  // empty: all connectors
    std::vector<CronExpression> times;
};

// The time until which each schedule is served, by its connector ("" for all connectors).
using ServedTimes = std::map<std::string, UnixTime>;

// The daemon's files in the agent's folder: the served times, and the lock that shows a running daemon.
[[nodiscard]] fs::path served_times_file(const fs::path& state);
[[nodiscard]] fs::path daemon_lock_file(const fs::path& state);

// Empty when the file is missing. Fails with corrupt when a line is not "<seconds since 1970> <connector>", with io.
[[nodiscard]] Result<ServedTimes> read_served_times(const fs::path& file);
[[nodiscard]] Status write_served_times(const fs::path& file, const ServedTimes& times);

// The runs that are due now.
struct DueRun {
    bool all = false;                     // every connector
    std::vector<std::string> connectors;  // otherwise the connectors whose own schedule is due
    [[nodiscard]] bool empty() const { return !all && connectors.empty(); }
};

// All schedules at once. Missed times (the device was off, the clock was wrong, a run took too long) are made up once,
// however many there were.
class Agenda {
public:
    // `random_delay` gives the seconds to wait after a due time.
    Agenda(std::vector<Schedule> schedules, TimeZone zone, std::function<UnixTime()> random_delay);

    // Takes over the state of an earlier process, at `now`. A schedule without an entry is served until now.
    void remember(const ServedTimes& served, UnixTime now);
    // The next time to wake up: a due time and its delay, which is drawn once. Nullopt without schedules.
    [[nodiscard]] std::optional<UnixTime> next_wake(UnixTime now);
    [[nodiscard]] DueRun due(UnixTime now);
    // Marks the schedules of `run` as served until `now`. Returns whether this must be stored: not if all their next
    // times are within an hour, because a new process makes up one run anyway.
    [[nodiscard]] bool served(const DueRun& run, UnixTime now);
    // The clock was set: runs that are due because of that still wait for their delay.
    void clock_changed();

    [[nodiscard]] ServedTimes served_times() const;

private:
    struct Item {
        Schedule schedule;
        UnixTime served = 0;
        std::optional<UnixTime> wake;  // nullopt: to be planned
    };
    [[nodiscard]] UnixTime next_due(const Item& item, UnixTime now) const;

    std::vector<Item> items_;
    TimeZone zone_;
    std::function<UnixTime()> random_delay_;
};

}  // namespace gup

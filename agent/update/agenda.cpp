// SPDX-License-Identifier: Apache-2.0
#include "update/agenda.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>

#include "util/sys/directory.hpp"

namespace gup {
namespace {

constexpr UnixTime one_minute = 60;
constexpr UnixTime one_hour = 3600;
// If a clock goes back by less, it was corrected, and nothing is done twice. If by more, it was wrong before. As in
// cron.
constexpr UnixTime longest_correction = 3 * one_hour;

LocalMinute minute_from(std::chrono::local_seconds time) {
    return std::chrono::ceil<std::chrono::minutes>(time);
}

// The times of day: each local time has one moment, and later local times never have an earlier one.
UnixTime next_fixed_time(const CronExpression& expression, const TimeZone& zone, UnixTime after) {
    LocalMinute local = minute_from(zone.local_time(after));
    for (;; local += std::chrono::minutes{1}) {
        local = expression.first_from(local);
        if (const auto moment = zone.moment_of(local); moment.first > after) return moment.first;
    }
}

// Local time, minute by minute, from one clock change to the next.
UnixTime next_shown_time(const CronExpression& expression, const TimeZone& zone, UnixTime after) {
    UnixTime from = after + 1;
    for (;;) {
        const std::chrono::local_seconds here = zone.local_time(from);
        const UnixTime moment = from + (expression.first_from(minute_from(here)) - here).count();
        const auto change = zone.next_change(from);
        if (!change || moment < *change) return moment;
        from = *change;
    }
}

}  // namespace

UnixTime next_time(const CronExpression& expression, const TimeZone& zone, UnixTime after) {
    return expression.is_fixed_time() ? next_fixed_time(expression, zone, after)
                                      : next_shown_time(expression, zone, after);
}

fs::path served_times_file(const fs::path& state) {
    return state / "schedule";
}

fs::path daemon_lock_file(const fs::path& state) {
    return state / "daemon";
}

Result<ServedTimes> read_served_times(const fs::path& file) {
    ServedTimes times;
    const auto text = read_file(file, 1U << 20U);
    if (!text.ok()) {
        if (text.error().code == ErrorCode::not_found) return times;
        return text.error();
    }
    for (std::string_view rest = *text; !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const std::size_t space = std::min(line.find(' '), line.size());
        UnixTime time = 0;
        const auto [stop, error] = std::from_chars(line.data(), line.data() + space, time);
        if (space == line.size() || error != std::errc{} || stop != line.data() + space || time < 0) {
            return Error{ErrorCode::corrupt, fmt::format("{}: '{}' is not an entry of a schedule", file.string(), line),
                         "remove the file: the daemon then counts from now"};
        }
        times[std::string(line.substr(space + 1))] = time;
    }
    return times;
}

Status write_served_times(const fs::path& file, const ServedTimes& times) {
    std::string text;
    for (const auto& [connector, time] : times) text += fmt::format("{} {}\n", time, connector);
    GUP_CHECK(make_folders(file.parent_path(), 0755));
    return write_file_atomically(file, text);
}

Agenda::Agenda(std::vector<Schedule> schedules, TimeZone zone, std::function<UnixTime()> random_delay)
    : zone_(std::move(zone)), random_delay_(std::move(random_delay)) {
    for (Schedule& one : schedules) items_.push_back({std::move(one), 0, std::nullopt});
}

void Agenda::remember(const ServedTimes& served, UnixTime now) {
    for (Item& item : items_) {
        const auto known = served.find(item.schedule.connector);
        item.served = known == served.end() ? now : known->second;
        item.wake.reset();
    }
}

std::optional<UnixTime> Agenda::next_wake(UnixTime now) {
    std::optional<UnixTime> first;
    for (Item& item : items_) {
        if (!item.wake) item.wake = std::max(next_due(item, now), now) + random_delay_();
        first = std::min(first.value_or(*item.wake), *item.wake);
    }
    return first;
}

DueRun Agenda::due(UnixTime now) {
    DueRun run;
    for (const Item& item : items_) {
        if (!item.wake || *item.wake > now) continue;
        if (item.schedule.connector.empty()) {
            run.all = true;
        } else {
            run.connectors.push_back(item.schedule.connector);
        }
    }
    return run;
}

bool Agenda::served(const DueRun& run, UnixTime now) {
    bool worth_writing = false;
    for (Item& item : items_) {
        const std::string& name = item.schedule.connector;
        const bool is_own = std::find(run.connectors.begin(), run.connectors.end(), name) != run.connectors.end();
        if (!run.all && !is_own) continue;
        item.served = now;
        item.wake.reset();
        // A schedule that another schedule's run has served has missed nothing.
        const bool is_due = is_own || name.empty();
        worth_writing = worth_writing || (is_due && next_due(item, now) >= now + one_hour);
    }
    return worth_writing;
}

void Agenda::clock_changed() {
    for (Item& item : items_) item.wake.reset();
}

ServedTimes Agenda::served_times() const {
    ServedTimes times;
    for (const Item& item : items_) times[item.schedule.connector] = item.served;
    return times;
}

UnixTime Agenda::next_due(const Item& item, UnixTime now) const {
    const UnixTime since = item.served > now + longest_correction ? now : item.served;
    UnixTime first = std::numeric_limits<UnixTime>::max();
    for (const CronExpression& one : item.schedule.times) first = std::min(first, next_time(one, zone_, since));
    return first;
}

}  // namespace gup

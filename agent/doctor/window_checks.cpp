#include "doctor/window_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace gup {
namespace {

// Covers each month and its first weekdays, and more runs than a sensible schedule has in a week.
constexpr UnixTime days_ahead = 62;
constexpr int times_ahead = 5000;
constexpr UnixTime seconds_of_day = 86'400;

struct StartTimes {
    std::string connector;  // empty: all
    std::vector<CronExpression> times;
    TimeZone zone;
};

// The first five words of a crontab's line, or its @daily.
std::optional<CronExpression> time_of_line(std::string_view line) {
    std::size_t end = 0;
    const int words = line.starts_with('@') ? 1 : 5;
    for (int i = 0; i < words; ++i) {
        end = std::min(line.find_first_not_of(" \t", end), line.size());
        end = std::min(line.find_first_of(" \t", end), line.size());
    }
    auto expression = CronExpression::parse(line.substr(0, end));
    return expression.ok() ? std::optional(*std::move(expression)) : std::nullopt;
}

// The starting times of runs; nullopt if those of one scheduler are unknown.
std::optional<std::vector<StartTimes>> start_times(const WindowQuestions& questions, const SchedulerFacts& schedulers) {
    const auto daemons_zone = TimeZone::load(questions.time_zone);
    const auto machines_zone = TimeZone::load({});
    if (!daemons_zone.ok() || !machines_zone.ok() || !schedulers.all_seen) return std::nullopt;
    std::vector<StartTimes> starts;
    for (const Scheduler& one : schedulers.found) {
        if (!one.inactive.empty() || one.kind == SchedulerKind::old_script) continue;
        if (one.kind == SchedulerKind::timer) return std::nullopt;
        if (one.kind == SchedulerKind::daemon) {
            for (const Schedule& schedule : questions.schedules) {
                starts.push_back({schedule.connector, schedule.times, *daemons_zone});
            }
            continue;
        }
        const auto time = time_of_line(one.command);
        if (!time) return std::nullopt;
        starts.push_back({{}, {*time}, *machines_zone});
    }
    return starts.empty() ? std::nullopt : std::optional(std::move(starts));
}

bool meets(const StartTimes& start, const UpdateWindow& window, const TimeZone& zone, UnixTime longest_delay) {
    const UnixTime now = system_clock().now();
    for (const CronExpression& expression : start.times) {
        UnixTime time = now;
        for (int i = 0; i < times_ahead && time < now + days_ahead * seconds_of_day; ++i) {
            time = next_time(expression, start.zone, time);
            if (is_open(window, zone.local_time(time)) || is_open(window, zone.local_time(time + longest_delay))) {
                return true;
            }
        }
    }
    return false;
}

}  // namespace

void check_windows(const std::map<std::string, UpdateWindow>& windows, const WindowQuestions& questions,
                   const SchedulerFacts& schedulers, Diagnosis& diagnosis) {
    if (windows.empty()) return;
    const auto starts = start_times(questions, schedulers);
    const auto zone = TimeZone::load(questions.time_zone);
    if (!starts || !zone.ok()) return;
    for (const auto& [name, window] : windows) {
        diagnosis.look();
        const bool is_met =
            std::any_of(starts->begin(), starts->end(), [&, &who = name, &when = window](const auto& start) {
                return (start.connector.empty() || start.connector == who) &&
                       meets(start, when, *zone, questions.longest_delay);
            });
        if (is_met) continue;
        diagnosis.find({"window", name, fmt::format("no run starts in its window: {}", display(window)),
                        "it is only updated by gup-agent now",
                        "correct the window ([update] of its gupfile, or [[connector]]), or start a run in it"});
    }
}

}  // namespace gup

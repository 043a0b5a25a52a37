// SPDX-License-Identifier: Apache-2.0
#include "app/look/next_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "util/process/process.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

constexpr Milliseconds timer_patience{3000};
constexpr std::size_t cron_fields = 5;

std::optional<UnixTime> timer_time(const Systemd& systemd, const std::string& unit, const TimeZone& zone) {
    ProcessRequest request;
    request.argv = {systemd.systemctl, "show", "--value", "--property=NextElapseUSecRealtime", "--", unit};
    request.set_env = {{"LC_ALL", "C"}};
    request.timeout = timer_patience;
    const auto answer = run_process(request);
    if (!answer.ok() || !answer->success()) return std::nullopt;
    return systemd_time(trimmed(answer->out), zone);
}

// Of all schedules; the daemon makes up what it missed, so a served time is not asked for.
std::optional<UnixTime> daemon_time(const Config& config, const TimeZone& zone, UnixTime now) {
    std::optional<UnixTime> first;
    for (const Schedule& schedule : schedules_of(config)) {
        for (const CronExpression& expression : schedule.times) {
            const UnixTime next = next_time(expression, zone, now);
            first = first ? std::min(*first, next) : next;
        }
    }
    return first;
}

std::optional<std::chrono::local_seconds> local_in(std::string_view date, std::string_view clock) {
    if (date.size() != 10 || clock.size() != 8) return std::nullopt;
    const auto utc = parse_utc(fmt::format("{}T{}Z", date, clock));
    if (!utc) return std::nullopt;
    return std::chrono::local_seconds(std::chrono::seconds(*utc));
}

}  // namespace

std::optional<UnixTime> systemd_time(std::string_view text, const TimeZone& zone) {
    const auto words = words_in(text);
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        const auto local = local_in(words[i], words[i + 1]);
        if (!local) continue;
        if (i + 2 < words.size() && words[i + 2] == "UTC") return local->time_since_epoch().count();
        return zone.moment_of(*local).first;
    }
    return std::nullopt;
}

std::optional<UnixTime> next_cron_time(std::string_view line, const TimeZone& zone, UnixTime now) {
    if (line.starts_with('-')) line.remove_prefix(1);
    const auto words = words_in(line);
    if (words.empty()) return std::nullopt;
    std::string text;
    const std::size_t count = words.front().starts_with('@') ? 1 : cron_fields;
    for (std::size_t i = 0; i < std::min(count, words.size()); ++i) text += (i == 0 ? "" : " ") + std::string(words[i]);
    const auto expression = CronExpression::parse(text);
    if (!expression.ok()) return std::nullopt;
    return next_time(*expression, zone, now);
}

RunForecast forecast_run(const Config& config, const SchedulerPlaces& places, UnixTime now) {
    RunForecast forecast;
    const auto machine = TimeZone::load({});
    const auto configured = TimeZone::load(config.schedule.time_zone);
    if (!machine.ok() || !configured.ok()) return forecast;
    const SchedulerFacts facts = find_schedulers(places);
    forecast.is_known = facts.all_seen;
    for (const Scheduler& one : facts.found) {
        if (!one.inactive.empty() || one.kind == SchedulerKind::old_script) continue;
        std::optional<UnixTime> time;
        std::string by = "daemon";
        if (one.kind == SchedulerKind::daemon) time = daemon_time(config, *configured, now);
        if (one.kind == SchedulerKind::timer) {
            time = timer_time(config.update.systemd, one.place, *machine);
            by = "timer";
        } else if (one.kind == SchedulerKind::cron && facts.cron_runs.value_or(true)) {
            time = next_cron_time(one.command, *machine, now);
            by = "cron";
        }
        const bool is_earlier = time && (!forecast.next || forecast.next->time == 0 || *time < forecast.next->time);
        if (is_earlier) forecast.next = {*time, by, one.place};
        // systemctl did not say when.
        if (by == "timer" && !forecast.next) forecast.next = {0, by, one.place};
    }
    return forecast;
}

}  // namespace gup

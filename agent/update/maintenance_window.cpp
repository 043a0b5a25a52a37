// SPDX-License-Identifier: Apache-2.0
#include "update/maintenance_window.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "host/hooks.hpp"
#include "util/log/log.hpp"

namespace gup {
namespace {

// One connector's question, at one moment.
class GateQuestion {
public:
    GateQuestion(const Observation& observation, const WindowSettings& settings, const StatusDocument& status)
        : observation_(observation), times_(update_times(observation, settings)), settings_(settings) {
        const UnixTime now = system_clock().now();
        const ConnectorStatus* known = status.find(observation.connector.name);
        // A wrong clock at the start of the wait must not make the wait longer.
        const bool waits = known != nullptr && known->report.waiting;
        waiting_.since = waits ? std::min<UnixTime>(known->report.waiting->since, now) : now;
        waiting_.until = waiting_.since + std::chrono::duration_cast<std::chrono::seconds>(times_.at_most).count();
        now_ = now;
    }

    [[nodiscard]] std::optional<Deferral> look() const {
        if (auto closed = window_objection()) return closed;
        if (times_.busy.empty() || is_overdue()) return std::nullopt;
        const auto file = file_info(observation_.connector.path / times_.busy, Follow::no);
        if (!file.ok()) {
            return deferral(fmt::format("cannot check the busy file {}: {}", times_.busy, file.error().message));
        }
        if (*file) return deferral(fmt::format("busy file {} exists", times_.busy));
        return std::nullopt;
    }

    [[nodiscard]] std::optional<Deferral> ask_program(const HookSettings& hook_settings) const {
        if (times_.ready.empty() || is_overdue()) return std::nullopt;
        const fs::path& folder = observation_.connector.path;
        const auto hooks = find_hooks(HookPhase::ready, hook_settings, times_.ready, folder);
        if (!hooks.ok()) return deferral(hooks.error().message);
        HookContext context;
        context.connector = observation_.connector.name;
        context.current = folder;
        context.previous = folder;
        context.from = observation_.code.commit;
        context.to = observation_.latest_id();
        context.virtualenv = observation_.virtualenv.path;
        context.owner = observation_.owner;
        const auto answer = run_hooks(HookPhase::ready, *hooks, context, hook_settings.timeout);
        if (answer.ok()) return std::nullopt;
        return deferral(answer.error().message);
    }

    // Logs that busy and ready are ignored from now on, if the connector has one of them.
    void tell_end_of_patience() const {
        if (!is_overdue() || (times_.busy.empty() && times_.ready.empty())) return;
        log::warning(observation_.connector.name,
                     fmt::format("the update has waited since {}: busy and ready are ignored from now on", since()));
    }

private:
    [[nodiscard]] bool is_overdue() const { return now_ >= waiting_.until; }
    [[nodiscard]] std::string since() const { return format_time(waiting_.since); }

    [[nodiscard]] Deferral deferral(const std::string& why) const {
        return {Outcome::deferred, why, fmt::format("gup-agent now {} does not wait", observation_.connector.name),
                waiting_};
    }

    [[nodiscard]] std::optional<Deferral> window_objection() const {
        if (!times_.window.is_limited()) return std::nullopt;
        const auto zone = TimeZone::load(settings_.time_zone);
        if (zone.ok() && is_open(times_.window, zone->local_time(now_))) return std::nullopt;
        Deferral closed = deferral(fmt::format("outside its update window {}", display(times_.window)));
        closed.waiting.window = times_.window.hours_text;
        closed.waiting.days = times_.window.days_text;
        if (!zone.ok()) {
            closed.outcome = Outcome::failed;
            closed.reason += ", but " + zone.error().message;
            closed.hint = zone.error().hint;
        } else if (is_overdue()) {
            closed.outcome = Outcome::failed;
            closed.reason += fmt::format(", and no run has started in it since {}", since());
            closed.hint = fmt::format("start a run in the window (crontab, timer, [schedule] times); {}", closed.hint);
        }
        return closed;
    }

    const Observation& observation_;
    UpdateTimes times_;
    const WindowSettings& settings_;
    UnixTime now_ = 0;
    Waiting waiting_;
};

}  // namespace

UpdateTimes update_times(const Observation& observation, const WindowSettings& settings) {
    UpdateTimes times = observation.gupfile.update;
    const auto configured = settings.windows.find(observation.connector.name);
    if (configured != settings.windows.end()) times.window = configured->second;
    return times;
}

std::optional<Deferral> find_deferral(const Observation& observation, const WindowSettings& settings,
                                      const StatusDocument& status) {
    if (!update_times(observation, settings).are_limited()) return std::nullopt;
    return GateQuestion(observation, settings, status).look();
}

std::optional<Deferral> MaintenanceWindow::ask(const Observation& observation) {
    if (!settings_.is_scheduled || !update_times(observation, settings_).are_limited()) return std::nullopt;
    const std::string& name = observation.connector.name;
    {
        const std::scoped_lock lock(mutex_);
        if (const auto known = answers_.find(name); known != answers_.end()) return known->second;
    }
    const GateQuestion question(observation, settings_, status_);
    auto answer = question.look();
    if (!answer) answer = question.ask_program(settings_.hooks);
    if (!answer) question.tell_end_of_patience();
    const std::scoped_lock lock(mutex_);
    return answers_.emplace(name, std::move(answer)).first->second;
}

std::optional<Deferral> MaintenanceWindow::recheck(const Observation& observation) const {
    if (!settings_.is_scheduled) return std::nullopt;
    return find_deferral(observation, settings_, status_);
}

std::optional<UnixTime> next_opening(const UpdateWindow& window, const TimeZone& zone, UnixTime now) {
    // A week including today, and two days on which clocks may skip it.
    constexpr int days_ahead = 10;
    auto day = std::chrono::floor<std::chrono::days>(zone.local_time(now));
    for (int i = 0; i < days_ahead; ++i, day += std::chrono::days{1}) {
        for (const std::chrono::local_seconds opening : openings_on(window, day)) {
            const UnixTime moment = zone.moment_of(opening).first;
            if (moment > now && is_open(window, zone.local_time(moment))) return moment;
        }
    }
    return std::nullopt;
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "update/supervise/run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "status/holds.hpp"
#include "status/last_run.hpp"
#include "transaction/journal.hpp"
#include "update/connector_command.hpp"
#include "update/connector_update.hpp"
#include "update/owner_run.hpp"
#include "update/status_store.hpp"
#include "update/supervise/held_connectors.hpp"
#include "update/supervise/owner_groups.hpp"
#include "update/supervise/owner_workers.hpp"
#include "update/supervise/reboot_verification.hpp"
#include "update/supervise/recover.hpp"
#include "update/supervise/run_marker.hpp"
#include "util/log/log.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/signals.hpp"

namespace gup {
namespace {

void announce(const std::vector<Connector>& connectors, const RunEvents& events) {
    if (events.started) events.started(names_of(connectors));
}

void log_outcome(const ConnectorReport& report) {
    if (report.outcome == Outcome::unchanged || report.outcome == Outcome::updated) return;
    const bool mild = report.outcome == Outcome::skipped || report.outcome == Outcome::deferred;
    const auto level = mild ? log::Level::warning : log::Level::error;
    const std::string what = fmt::format("{}: {}", display(report.outcome), report.reason);
    log::record(level, report.name, log::with_hint(what, report.hint));
}

bool is_in(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// The run over all owners. It does no work on a connector itself.
class FleetRun {
public:
    FleetRun(const UpdateSettings& settings, const std::vector<std::string>& names, const RunEvents& events)
        : settings_(settings), names_(names), events_(events) {
        from_workers_.activity = events.activity;
        from_workers_.tick = events.tick;
        from_workers_.finished = [this](const ConnectorReport& report) { finish(report); };
    }

    Result<RunReport> execute() {
        GUP_TRY(const auto connectors, find_connectors(settings_, names_));
        GUP_TRY(holds_, read_holds(settings_.state, system_clock().now()));
        announce(connectors, events_);
        read_marker();
        recover();
        reboot_ = verify_reboot(settings_, events_);
        report_.reboot_asked = reboot_.standing.has_value();
        status_ = known_status(settings_);
        work_on(connectors);
        if (report_.connectors.empty() && !refused_.empty()) return refused_.front().second;
        for (const auto& [group, error] : refused_) end_without(group, error);
        log_unreachable();
        note_interruption(connectors);
        std::sort(report_.connectors.begin(), report_.connectors.end(),
                  [](const ConnectorReport& a, const ConnectorReport& b) { return a.name < b.name; });
        save();
        return std::move(report_);
    }

private:
    void read_marker() {
        auto marker = read_run_marker(settings_.state);
        if (!marker.ok()) return log::warning({}, marker.error().message);
        known_marker_ = *std::move(marker);
        is_marked_ = known_marker_.begun != 0 || !known_marker_.last.empty();
        if (const std::string lost = describe_lost_run(known_marker_); !lost.empty()) {
            log::warning({}, log::with_hint(lost, "dmesg and the system's journal may say what ended it"));
        }
    }

    void recover() {
        for (const auto& [name, recovered] : recover_journals(settings_, journals(settings_.state))) {
            if (!recovered.ok()) {
                unrecovered_.emplace(name, recovered.error());
                continue;
            }
            for (const std::string& action : recovered->actions) log::warning(name, action);
        }
    }

    // One worker for each owner; then one for each connector whose worker died in the run before.
    void work_on(const std::vector<Connector>& connectors) {
        OwnerWorkers workers(settings_, from_workers_);
        workers.on_first_change([this] { mark(); });
        const auto fail = [this](const Connector& connector, const Error& error) { finish_failed(connector, error); };
        std::vector<std::pair<Owner, Connector>> last;
        for (auto& [owner, group] : group_by_owner(settings_, not_held(recovered(connectors)), fail)) {
            for (const Connector& connector : group) {
                unfinished_.insert(connector.name);
                if (is_in(known_marker_.last, connector.name)) last.emplace_back(owner, connector);
            }
            std::erase_if(group, [&](const Connector& one) { return is_in(known_marker_.last, one.name); });
            if (!group.empty()) start(workers, owner, std::move(group), Attempt::first);
        }
        workers.run();
        for (auto& [owner, connector] : last) start(workers, owner, {connector}, Attempt::first);
        workers.run();
    }

    // Those with which something can be done. Reports the others.
    std::vector<Connector> recovered(const std::vector<Connector>& connectors) {
        std::vector<Connector> usable;
        for (const Connector& connector : connectors) {
            const auto failed = unrecovered_.find(connector.name);
            if (failed == unrecovered_.end()) {
                usable.push_back(connector);
            } else {
                finish_failed(connector, failed->second.with_context("an interrupted update cannot be undone"));
            }
        }
        return usable;
    }

    // Those that no operator holds. Reports the others, of which nothing is asked.
    std::vector<Connector> not_held(std::vector<Connector> connectors) {
        std::erase_if(connectors, [&](const Connector& connector) {
            const Hold* hold = find_hold(holds_, connector.name);
            if (hold != nullptr) finish(held_report(*hold, status_));
            return hold != nullptr;
        });
        return connectors;
    }

    void finish_failed(const Connector& connector, const Error& error) {
        Observation observation;
        observation.connector = connector;
        finish(failed_report(observation, error, history_of(connector.name, status_, names_, settings_)));
    }

    enum class Attempt : std::uint8_t { first, second };
    void start(OwnerWorkers& workers, const Owner& owner, std::vector<Connector> group, Attempt attempt) {
        OwnerJob job{owner, names_of(group), {}, {}};
        const auto run = std::make_shared<OwnerRun>(OwnerRun{std::move(group), names_});
        job.work = [this, run](const UpdateSettings& own, const RunEvents& events) -> Result<nlohmann::json> {
            run_for_owner(*run, status_, own, events);
            return nlohmann::json();
        };
        job.on_end = [this, &workers, owner, run, attempt](const Result<nlohmann::json>& result) {
            const Error unreported{
                ErrorCode::failed, "its worker ended without a report of it", {}, Cause::worker_died};
            if (!result.ok()) end_early(workers, owner, run->connectors, attempt, result.error());
            if (result.ok() && !stop_requested()) end_early(workers, owner, run->connectors, attempt, unreported);
        };
        workers.start(std::move(job));
    }

    // What a worker had not finished is tried once more, each connector in a separate worker.
    void end_early(OwnerWorkers& workers, const Owner& owner, const std::vector<Connector>& group, Attempt attempt,
                   const Error& error) {
        if (stop_requested() && error.code == ErrorCode::cancelled) return;
        if (is_machine_failure(error)) return end_without(group, error.with_context("no worker for it"));
        if (!is_worker_death(error)) {
            refused_.emplace_back(group, error);
            return;
        }
        for (const Connector& connector : group) {
            if (!unfinished_.contains(connector.name)) continue;
            if (attempt == Attempt::first) {
                log::warning(connector.name, fmt::format("{}: trying again in a separate worker", error.message));
                start(workers, owner, {connector}, Attempt::second);
                continue;
            }
            killers_.push_back(connector.name);
            finish_failed(connector, error);
        }
    }

    void end_without(const std::vector<Connector>& group, const Error& error) {
        for (const Connector& connector : group) {
            if (unfinished_.contains(connector.name)) finish_failed(connector, error);
        }
    }

    void finish(ConnectorReport report) {
        if (unfinished_.erase(report.name) == 0 && is_reported(report.name)) return;
        wait_for_reboot(report, reboot_, settings_.reboot);
        if (!report.unreachable) log_outcome(report);
        report_.connectors.push_back(std::move(report));
        if (events_.finished) events_.finished(report_.connectors.back());
    }

    [[nodiscard]] bool is_reported(const std::string& name) const {
        return std::any_of(report_.connectors.begin(), report_.connectors.end(),
                           [&](const ConnectorReport& one) { return one.name == name; });
    }

    // If nothing can be reached, one line in the log says so for all.
    void log_unreachable() const {
        const bool is_all = report_.nothing_reachable();
        for (const ConnectorReport& report : report_.connectors) {
            if (!report.unreachable) continue;
            if (is_all) return log::error({}, fmt::format("nothing could be reached: {}", report.reason));
            log_outcome(report);
        }
    }

    // While a run goes on that changes something.
    void mark() {
        RunMarker marker{system_clock().now(), {unfinished_.begin(), unfinished_.end()}, known_marker_.last};
        if (auto status = write_run_marker(settings_.state, marker); !status.ok()) {
            return log::debug({}, status.error().message);
        }
        is_marked_ = true;
    }

    void unmark() {
        std::sort(killers_.begin(), killers_.end());
        if (!is_marked_ && killers_.empty()) return;
        if (auto status = write_run_marker(settings_.state, {0, {}, killers_}); !status.ok()) {
            log::error({}, status.error().message);
        }
    }

    void note_interruption(const std::vector<Connector>& connectors) {
        report_.selected = connectors.size();
        report_.interrupted = stop_requested();
        if (!report_.interrupted) return;
        report_.signal = stop_signal();
        for (const std::string& name : journals(settings_.state)) {
            if (is_in(names_of(connectors), name)) report_.unfinished.push_back(name);
        }
    }

    void save() {
        const bool all = names_.empty() && !report_.interrupted;
        const auto coverage = all ? Coverage::all_connectors : Coverage::some_connectors;
        // Before the document, whose flush takes a second on a slow card: for `status`, a line that is later than the
        // document belongs to another run without news.
        if (all) log_forgotten();
        const bool is_worth_a_line = !settings_.quiet_noop || !is_noop();
        if (is_worth_a_line) log_end();
        const bool has_news = save_status(settings_, status_, report_, coverage);
        if (has_news && !is_worth_a_line) log_end();
        unmark();
    }

    [[nodiscard]] bool is_noop() const {
        const auto is_unchanged = [](const ConnectorReport& one) { return one.outcome == Outcome::unchanged; };
        return !report_.interrupted && std::all_of(report_.connectors.begin(), report_.connectors.end(), is_unchanged);
    }

    void log_end() const {
        if (report_.interrupted) {
            log::warning({}, fmt::format("run interrupted by signal {}: {} of {} connectors done: {}", stop_signal(),
                                         report_.connectors.size(), report_.selected, report_.summary()));
        } else {
            const Milliseconds took = system_clock().monotonic() - begun_;
            const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(took).count();
            log::info({}, run_finished_message(report_.summary(), names_, seconds));
        }
    }

    // A whole run forgets connectors that are no longer in root.
    void log_forgotten() const {
        for (const ConnectorStatus& known : status_.connectors) {
            if (is_reported(known.report.name)) continue;
            log::info(known.report.name, "it is no longer in root: status forgets it");
        }
    }

    const UpdateSettings& settings_;
    const std::vector<std::string>& names_;
    const RunEvents& events_;
    RunEvents from_workers_;
    StatusDocument status_;
    std::vector<Hold> holds_;
    RebootState reboot_;
    RunMarker known_marker_;
    bool is_marked_ = false;
    std::map<std::string, Error> unrecovered_;
    std::set<std::string> unfinished_;
    std::vector<std::string> killers_;
    // Groups whose workers gave up. When all did, the reason is one of the settings'.
    std::vector<std::pair<std::vector<Connector>, Error>> refused_;
    Milliseconds begun_ = system_clock().monotonic();
    RunReport report_;
};

}  // namespace

Result<FileLock> take_run_lock(const UpdateSettings& settings) {
    auto lock = FileLock::try_take(settings.state / "lock");
    if (lock.ok()) sweep_temporary_files(settings.state);
    return lock;
}

Result<RunReport> run_update(const UpdateSettings& settings, const std::vector<std::string>& names,
                             const RunEvents& events) {
    return FleetRun(settings, names, events).execute();
}

RunReport run_recover(const UpdateSettings& settings, const RunEvents& events) {
    RunReport run;
    const std::vector<std::string> names = journals(settings.state);
    if (events.started) events.started(names);
    RunEvents one_by_one = events;
    one_by_one.started = nullptr;
    for (const auto& [name, recovered] : recover_journals(settings, names)) {
        ConnectorCommand command(settings, one_by_one, name, std::string(to_string(Outcome::failed)));
        if (recovered.ok()) {
            for (const std::string& action : recovered->actions) command.add_action(action, log::Level::warning);
        }
        const Status done = recovered.ok() ? Status{} : Status{recovered.error()};
        run.connectors.push_back(command.end(done).connectors.front());
    }
    verify_reboot(settings, events);
    return run;
}

}  // namespace gup

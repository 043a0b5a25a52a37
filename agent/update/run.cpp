#include "update/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "status/last_run.hpp"
#include "transaction/recovery.hpp"
#include "update/connector_command.hpp"
#include "update/connector_update.hpp"
#include "update/reboot_verification.hpp"
#include "update/verify.hpp"
#include "util/log/log.hpp"
#include "util/parallel.hpp"
#include "util/sys/signals.hpp"

namespace gup {
namespace {

Result<std::vector<Connector>> find_connectors(const UpdateSettings& settings, const std::vector<std::string>& names) {
    GUP_TRY(const Scan scan, scan_root(settings));
    for (const std::string& warning : scan.warnings) log::warning({}, warning);
    return select_connectors(scan, names);
}

void announce(const std::vector<Connector>& connectors, const RunEvents& events) {
    if (!events.started) return;
    std::vector<std::string> names;
    names.reserve(connectors.size());
    for (const Connector& connector : connectors) names.push_back(connector.name);
    events.started(names);
}

void log_outcome(const ConnectorReport& report) {
    if (report.outcome == Outcome::unchanged || report.outcome == Outcome::updated) return;
    const bool mild = report.outcome == Outcome::skipped || report.outcome == Outcome::deferred;
    const auto level = mild ? log::Level::warning : log::Level::error;
    const std::string what = fmt::format("{}: {}", display(report.outcome), report.reason);
    log::record(level, report.name, log::with_hint(what, report.hint));
}

// The pins that earlier runs held back, without those of named connectors: a name asks for a new try.
History history(const StatusDocument& status, const std::string& connector, const std::vector<std::string>& names,
                const UpdateSettings& settings) {
    const ConnectorStatus* entry = status.find(connector);
    if (entry == nullptr) return {};
    const bool is_named = !settings.is_scheduled && std::find(names.begin(), names.end(), connector) != names.end();
    History known;
    known.waiting = entry->report.waiting;
    const bool is_tried_again = settings.retry_rolled_back || (is_named && settings.retry_quarantined);
    if (!is_tried_again) known.quarantine = entry->report.quarantine;
    if (!is_named) {
        known.held_back = in_force(entry->report.held_back, system_clock().now());
    }
    return known;
}

// Notes that a scheduled run would defer the update; `now` does not wait. Does not start the connector's program.
void note_what_waits(Preview& preview, const WindowSettings& settings, const StatusDocument& status) {
    std::vector<std::string>& notes = preview.decision.plan.notes;
    const auto deferral = find_deferral(preview.observation, settings, status);
    const std::string& ready = preview.observation.gupfile.update.ready;
    if (deferral) {
        notes.push_back(fmt::format("gup-agent run would defer it now: {}", deferral->reason));
    } else if (!ready.empty()) {
        notes.push_back(fmt::format("gup-agent run asks {} first", ready));
    }
}

// An unreadable status document is logged; it must not block updates.
StatusDocument known_status(const UpdateSettings& settings) {
    auto status = read_status(status_file(settings));
    if (!status.ok()) {
        log::warning({}, status.error().message);
        return {};
    }
    // Nights without news are not in the document, and the last of them may be the last success.
    const auto last_run = read_last_run(settings.log);
    for (ConnectorStatus& entry : status->connectors) {
        if (succeeded(entry)) entry.last_success = std::max(entry.last_success, last_seen(entry, last_run));
    }
    return *std::move(status);
}

class Run {
public:
    Run(const UpdateSettings& settings, const std::vector<std::string>& names, const RunEvents& events)
        : settings_(settings), names_(names), events_(events) {}

    Result<RunReport> execute() {
        GUP_TRY(const auto connectors, find_connectors(settings_, names_));
        announce(connectors, events_);
        recover();
        reboot_ = verify_reboot(settings_, events_);
        report_.reboot_asked = reboot_.standing.has_value();
        status_ = known_status(settings_);
        const auto observations = observe_all(recovered(connectors), settings_, events_);
        auto fetched = fetch_all(observations, gate_, settings_, events_);
        stage(observations, std::move(fetched), nothing_reachable(observations));
        activate();
        verify_and_commit();
        report_.interrupted = stop_requested();
        std::sort(report_.connectors.begin(), report_.connectors.end(),
                  [](const ConnectorReport& a, const ConnectorReport& b) { return a.name < b.name; });
        const bool all = names_.empty() && !report_.interrupted;
        const auto coverage = all ? Coverage::all_connectors : Coverage::some_connectors;
        // Before the document, whose flush takes a second on a slow card: for `status`, a line that is later than the
        // document belongs to another run without news.
        const bool is_worth_a_line = !settings_.quiet_noop || !is_noop();
        if (is_worth_a_line) log_end();
        const bool has_news = save_status(settings_, status_, report_, coverage);
        if (has_news && !is_worth_a_line) log_end();
        return std::move(report_);
    }

private:
    void recover() {
        for (const std::string& name : journals(settings_.state)) {
            auto recovered = recover_connector(settings_, name);
            if (!recovered.ok()) {
                unrecovered_.emplace(name, recovered.error());
                continue;
            }
            for (const std::string& action : recovered->actions) log::warning(name, action);
        }
    }

    // A connector whose recovery failed is skipped.
    std::vector<Connector> recovered(const std::vector<Connector>& connectors) {
        std::vector<Connector> usable;
        for (const Connector& connector : connectors) {
            const auto found = unrecovered_.find(connector.name);
            if (found == unrecovered_.end()) {
                usable.push_back(connector);
                continue;
            }
            Observation observation;
            observation.connector = connector;
            const Error& error = found->second;
            finish(failed_report(observation, error.with_context("an interrupted update cannot be undone"),
                                 history_of(connector)));
        }
        return usable;
    }

    // Decides for each connector, and stages what is to be switched to. If nothing can be reached, one line in the log
    // says so for all, and no installer is started.
    void stage(const std::vector<Observation>& observations, std::vector<FetchResult> fetched, bool offline) {
        const auto is_unanswered = [](const Observation& one) { return one.upstream.error.has_value(); };
        if (offline) {
            const auto first = std::find_if(observations.begin(), observations.end(), is_unanswered);
            log::error({}, fmt::format("nothing could be reached: {}", first->upstream.error->message));
        }
        for (std::size_t i = 0; i < observations.size(); ++i) {
            if (stop_requested()) break;
            const Observation& one = observations[i];
            History known = history_of(one.connector);
            if (offline && is_unanswered(one)) {
                show(failed_report(one, *one.upstream.error, known));
                continue;
            }
            UpdateInput input{one, std::move(fetched[i]), std::move(known)};
            auto update = std::make_unique<ConnectorUpdate>(std::move(input), gate_, settings_, events_);
            if (update->prepare() == ConnectorUpdate::Next::report) {
                finish(update->report());
            } else {
                deployments_.push_back(std::move(update));
            }
        }
    }

    void activate() {
        std::erase_if(deployments_, [this](const auto& update) {
            const bool is_over = update->activate() == ConnectorUpdate::Next::report;
            if (is_over) finish(update->report());
            return is_over;
        });
    }

    void verify_and_commit() {
        std::vector<Switched> switched;
        switched.reserve(deployments_.size());
        for (const auto& update : deployments_) switched.push_back(update->switched());
        gup::verify_and_commit(switched, settings_, events_);
        for (const auto& update : deployments_) finish(update->report());
        deployments_.clear();
    }

    [[nodiscard]] History history_of(const Connector& connector) const {
        return history(status_, connector.name, names_, settings_);
    }

    void finish(ConnectorReport report) {
        wait_for_reboot(report, reboot_, settings_.reboot);
        log_outcome(report);
        show(std::move(report));
    }

    void show(ConnectorReport report) {
        report_.connectors.push_back(std::move(report));
        if (events_.finished) events_.finished(report_.connectors.back());
    }

    [[nodiscard]] bool is_noop() const {
        const auto is_unchanged = [](const ConnectorReport& one) { return one.outcome == Outcome::unchanged; };
        return !report_.interrupted && std::all_of(report_.connectors.begin(), report_.connectors.end(), is_unchanged);
    }

    void log_end() const {
        if (report_.interrupted) {
            log::warning({}, fmt::format("run interrupted by signal {}: {}", stop_signal(), report_.summary()));
        } else {
            log::info({}, run_finished_message(report_.summary(), names_));
        }
    }

    const UpdateSettings& settings_;
    const std::vector<std::string>& names_;
    const RunEvents& events_;
    StatusDocument status_;
    MaintenanceWindow gate_{settings_, status_};
    RebootState reboot_;
    std::vector<std::unique_ptr<ConnectorUpdate>> deployments_;  // that are staged
    std::map<std::string, Error> unrecovered_;
    RunReport report_;
};

}  // namespace

fs::path status_file(const UpdateSettings& settings) {
    return settings.state / "status.json";
}

bool save_status(const UpdateSettings& settings, const StatusDocument& before, const RunReport& report,
                 Coverage coverage) {
    const StatusDocument after = merge_status(before, report, coverage, system_clock().now());
    if (same_status(before, after)) return false;
    if (auto status = write_status(status_file(settings), after); !status.ok()) {
        log::error({}, fmt::format("cannot write the status document: {}", status.error().message));
    }
    return true;
}

Result<FileLock> take_run_lock(const UpdateSettings& settings) {
    auto lock = FileLock::try_take(settings.state / "lock");
    if (lock.ok()) sweep_temporary_files(settings.state);
    return lock;
}

Result<RunReport> run_update(const UpdateSettings& settings, const std::vector<std::string>& names,
                             const RunEvents& events) {
    return Run(settings, names, events).execute();
}

RunReport run_recover(const UpdateSettings& settings, const RunEvents& events) {
    RunReport run;
    const std::vector<std::string> names = journals(settings.state);
    if (events.started) events.started(names);
    RunEvents one_by_one = events;
    one_by_one.started = nullptr;
    for (const std::string& name : names) {
        ConnectorCommand command(settings, one_by_one, name, std::string(to_string(Outcome::failed)));
        const auto recovered = recover_connector(settings, name);
        if (recovered.ok()) {
            for (const std::string& action : recovered->actions) command.add_action(action, log::Level::warning);
        }
        const Status done = recovered.ok() ? Status{} : Status{recovered.error()};
        run.connectors.push_back(command.end(done).connectors.front());
    }
    verify_reboot(settings, events);
    return run;
}

Result<std::vector<Preview>> run_check(const UpdateSettings& settings, const std::vector<std::string>& names,
                                       const RunEvents& events) {
    GUP_TRY(const auto connectors, find_connectors(settings, names));
    announce(connectors, events);
    const StatusDocument status = known_status(settings);
    std::vector<Observation> observations = observe_all(connectors, settings, events);
    std::vector<Preview> previews(connectors.size());
    parallel_for(connectors.size(), settings.parallel, [&](std::size_t i) {
        const log::ConnectorScope scope(connectors[i].name);
        Preview& preview = previews[i];
        preview.observation = std::move(observations[i]);
        if (preview.observation.error) return;
        const auto acting = EffectiveUser::begin(preview.observation.owner);
        if (!acting.ok()) {
            preview.observation.error = acting.error();
            return;
        }
        const Fetched fetched = fetch_aside(preview.observation, settings.network, events);
        preview.decision = decide(preview.observation, fetched, history(status, connectors[i].name, names, settings),
                                  {settings.create_virtualenv});
        if (!preview.decision.plan.empty()) note_what_waits(preview, settings, status);
    });
    return previews;
}

}  // namespace gup

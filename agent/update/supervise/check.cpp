// SPDX-License-Identifier: Apache-2.0
#include "update/supervise/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "status/holds.hpp"
#include "update/fetch.hpp"
#include "update/maintenance_window.hpp"
#include "update/owner_run.hpp"
#include "update/status_store.hpp"
#include "update/supervise/check_report.hpp"
#include "update/supervise/held_connectors.hpp"
#include "update/supervise/owner_groups.hpp"
#include "update/supervise/owner_workers.hpp"
#include "util/log/log.hpp"
#include "util/parallel.hpp"
#include "util/sys/signals.hpp"
#include "util/worker/channel.hpp"
#include "util/worker/worker.hpp"

namespace gup {
namespace {

using nlohmann::json;

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

// The connectors of one owner, in that owner's worker. Each is told as soon as it is known.
void check_for_owner(const OwnerRun& run, const StatusDocument& status, const UpdateSettings& settings,
                     const RunEvents& events) {
    std::vector<Observation> observations = observe_all(run.connectors, settings, events);
    parallel_for(observations.size(), settings.parallel, [&](std::size_t i) {
        if (stop_requested()) return;
        const std::string& name = run.connectors[i].name;
        const log::ConnectorScope scope(name);
        Preview preview;
        preview.observation = std::move(observations[i]);
        if (!preview.observation.error) {
            const Fetched fetched = fetch_aside(preview.observation, settings, events);
            preview.decision = decide(preview.observation, fetched, history_of(name, status, run.named, settings),
                                      {settings.create_virtualenv, settings.installer.prune});
            if (!preview.decision.plan.empty()) note_what_waits(preview, settings, status);
        }
        if (!stop_requested()) tell_agent("checked", check_message(make_check_report(preview)));
        events.tell(name, "");
    });
}

class Check {
public:
    Check(const UpdateSettings& settings, const std::vector<std::string>& names, const RunEvents& events)
        : settings_(settings), names_(names), workers_(settings, events) {
        workers_.on("checked", [this](const json& message) {
            CheckReport report = check_from_message(message);
            told_.insert(report.name);
            reports_.insert_or_assign(report.name, std::move(report));
        });
    }

    Result<std::vector<CheckReport>> run() {
        GUP_TRY(const auto connectors, find_connectors(settings_, names_));
        GUP_TRY(const auto holds, read_holds(settings_.state, system_clock().now()));
        std::vector<Connector> asked;
        for (const Connector& connector : connectors) {
            const Hold* hold = find_hold(holds, connector.name);
            if (hold == nullptr) asked.push_back(connector);
            if (hold != nullptr) reports_.emplace(connector.name, held_check(*hold));
        }
        status_ = known_status(settings_);
        const auto fail = [this](const Connector& connector, const Error& error) {
            reports_.emplace(connector.name, failed_check(connector.name, error));
        };
        for (auto& [owner, group] : group_by_owner(settings_, asked, fail)) start(owner, std::move(group));
        workers_.run();
        if (fatal_ && told_.empty() && !stop_requested()) return *fatal_;
        std::vector<CheckReport> reports;
        reports.reserve(connectors.size());
        for (const Connector& connector : connectors) {
            const auto report = reports_.find(connector.name);
            if (report != reports_.end()) reports.push_back(std::move(report->second));
        }
        return reports;
    }

private:
    void start(const Owner& owner, std::vector<Connector> connectors) {
        OwnerJob job{owner, names_of(connectors), {}, {}};
        const auto run = std::make_shared<OwnerRun>(OwnerRun{std::move(connectors), names_});
        job.work = [this, run](const UpdateSettings& own, const RunEvents& events) -> Result<json> {
            check_for_owner(*run, status_, own, events);
            return json();
        };
        job.on_end = [this, run](const Result<json>& result) {
            const Error silent{ErrorCode::failed, "its worker ended without a report about it", {}};
            end_early(*run, result.ok() ? silent : result.error(), result.ok());
        };
        workers_.start(std::move(job));
    }

    void end_early(const OwnerRun& run, const Error& error, bool is_regular) {
        if (stop_requested()) return;
        if (!is_regular && !is_worker_death(error) && error.code != ErrorCode::cancelled) fatal_ = error;
        for (const Connector& connector : run.connectors) {
            reports_.try_emplace(connector.name, failed_check(connector.name, error));
        }
    }

    const UpdateSettings& settings_;
    const std::vector<std::string>& names_;
    StatusDocument status_;
    std::map<std::string, CheckReport> reports_;
    std::set<std::string> told_;  // connectors that a worker reported
    std::optional<Error> fatal_;  // when no worker could: then the settings are wrong
    OwnerWorkers workers_;
};

}  // namespace

Result<std::vector<CheckReport>> run_check(const UpdateSettings& settings, const std::vector<std::string>& names,
                                           const RunEvents& events) {
    return Check(settings, names, events).run();
}

}  // namespace gup

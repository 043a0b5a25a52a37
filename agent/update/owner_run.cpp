// SPDX-License-Identifier: Apache-2.0
#include "update/owner_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "connector/upstream.hpp"
#include "source/garbage.hpp"
#include "transaction/journal.hpp"
#include "transaction/recovery.hpp"
#include "update/connector_update.hpp"
#include "update/gatherer.hpp"
#include "update/health_strikes.hpp"
#include "update/verify.hpp"
#include "util/log/log.hpp"
#include "util/sys/signals.hpp"

namespace gup {
namespace {

class Run {
public:
    Run(const OwnerRun& run, const StatusDocument& status, const UpdateSettings& settings, const RunEvents& events)
        : run_(run), status_(status), settings_(settings), events_(events) {}

    void execute() {
        const std::vector<Connector> connectors = recovered();
        if (connectors.empty()) return;
        Gatherer gatherer(connectors, gate_, settings_, events_);
        for (bool is_first = true; !gatherer.is_complete(); is_first = false) {
            auto batch = gatherer.next_batch(settings_.patience);
            stage(batch, is_first && gatherer.is_complete());
            activate();
            verify_and_commit();
        }
        join_packs();
    }

private:
    // What an earlier worker of this run left, or a run that was killed. A connector whose recovery failed is left alone.
    std::vector<Connector> recovered() {
        std::vector<Connector> usable;
        const std::vector<std::string> interrupted = journals(settings_.state);
        for (const Connector& connector : run_.connectors) {
            const bool has_journal =
                std::find(interrupted.begin(), interrupted.end(), connector.name) != interrupted.end();
            const Status done = has_journal ? recover_if_needed(settings_, connector.name) : Status{};
            if (done.ok()) {
                usable.push_back(connector);
                continue;
            }
            Observation observation;
            observation.connector = connector;
            finish(failed_report(observation, done.error().with_context("an interrupted update cannot be undone"),
                                 history(connector)));
        }
        return usable;
    }

    // Decides for each connector, and stages what is to be switched to. If nothing can be reached, no installer is
    // started.
    void stage(std::vector<Gathered>& batch, bool is_whole) {
        const auto is_unanswered = [](const Gathered& one) { return one.observation->upstream.error.has_value(); };
        const bool offline = is_whole && nothing_reachable(observations_in(batch));
        for (Gathered& one : batch) {
            if (stop_requested()) break;
            const Observation& observation = *one.observation;
            repositories_.insert_or_assign(observation.connector.name,
                                           Repository{observation.repository.folder, git_user(observation)});
            History known = history(observation.connector);
            if (offline && is_unanswered(one) && one.fetch.fetched.damage.empty()) {
                finish(failed_report(observation, *observation.upstream.error, known));
                continue;
            }
            UpdateInput input{observation, std::move(one.fetch), std::move(known)};
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

    static std::vector<Observation> observations_in(const std::vector<Gathered>& batch) {
        std::vector<Observation> observations;
        observations.reserve(batch.size());
        for (const Gathered& one : batch) {
            observations.emplace_back();
            observations.back().upstream = one.observation->upstream;
        }
        return observations;
    }

    [[nodiscard]] History history(const Connector& connector) const {
        return history_of(connector.name, status_, run_.named, settings_);
    }

    // Last, when every connector runs again. Without git the doctor tells it.
    void join_packs() {
        for (const std::string& name : updated_) {
            const auto found = repositories_.find(name);
            if (found == repositories_.end()) continue;
            const log::ConnectorScope scope(name);
            for (const PackPile& pile : pack_piles(found->second.folder, found->second.user)) {
                if (stop_requested()) return;
                const Status joined = gup::join_packs(pile, found->second.user);
                if (joined.ok()) {
                    log::info({}, fmt::format("joined {} packs in {}", pile.packs, pile.git_folder.string()));
                } else if (joined.error().code != ErrorCode::not_found) {
                    log::warning({}, log::with_hint(joined.error().message, joined.error().hint));
                }
            }
        }
    }

    // A signal is not the fault of a connector that it reached before anything was changed: it is not done.
    void finish(const ConnectorReport& report) {
        if (stop_requested() && report.outcome == Outcome::failed && report.actions.empty()) return;
        if (report.outcome == Outcome::updated) updated_.push_back(report.name);
        if (events_.finished) events_.finished(report);
    }

    struct Repository {
        fs::path folder;
        GitUser user;
    };

    const OwnerRun& run_;
    const StatusDocument& status_;
    const UpdateSettings& settings_;
    const RunEvents& events_;
    MaintenanceWindow gate_{settings_, status_};
    std::vector<std::unique_ptr<ConnectorUpdate>> deployments_;  // that are staged
    std::map<std::string, Repository> repositories_;             // of connectors
    std::vector<std::string> updated_;
};

}  // namespace

History history_of(const std::string& connector, const StatusDocument& status, const std::vector<std::string>& named,
                   const UpdateSettings& settings) {
    const ConnectorStatus* entry = status.find(connector);
    const bool is_named = !settings.is_scheduled && std::find(named.begin(), named.end(), connector) != named.end();
    History known;
    const bool is_tried_again = settings.retry_rolled_back || (is_named && settings.retry_quarantined);
    if (entry != nullptr) known.waiting = entry->report.waiting;
    if (entry != nullptr && !is_tried_again) known.quarantine = entry->report.quarantine;
    if (auto out = HealthStrikes(settings.state).struck_out(connector); out && !is_tried_again) {
        known.quarantine = add_quarantined(std::move(known.quarantine), *std::move(out));
    }
    if (entry != nullptr && !is_named) known.held_back = in_force(entry->report.held_back, system_clock().now());
    return known;
}

void run_for_owner(const OwnerRun& run, const StatusDocument& status, const UpdateSettings& settings,
                   const RunEvents& events) {
    Run(run, status, settings, events).execute();
}

}  // namespace gup

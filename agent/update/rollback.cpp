#include "update/rollback.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "connector/generation_store.hpp"
#include "connector/layout.hpp"
#include "connector/scan.hpp"
#include "connector/upstream.hpp"
#include "core/short_id.hpp"
#include "deploy/in_place_deployment.hpp"
#include "status/status_document.hpp"
#include "transaction/recovery.hpp"
#include "update/connector_update.hpp"
#include "update/lifecycle.hpp"
#include "update/release_switch.hpp"
#include "update/run.hpp"
#include "update/verify.hpp"
#include "util/log/log.hpp"

namespace gup {
namespace {

Result<Connector> find_connector(const UpdateSettings& settings, const std::string& name) {
    GUP_TRY(const Scan scan, scan_root(settings));
    GUP_TRY(const auto connectors, select_connectors(scan, {name}));
    return connectors.front();
}

constexpr const char* no_generation = "no update has been recorded here yet";

// What a person has under way there is not to be moved under his hands.
Status check_code(const ObservedCode& code, const Generation& target) {
    if (code.commit == target.commit) return {};
    const bool movable = code.condition == CodeCondition::ready || code.condition == CodeCondition::no_upstream;
    if (!movable || code.branch.empty()) {
        return Error{ErrorCode::conflict, fmt::format("the code cannot be moved: {}", code.detail),
                     "gup-agent check says more"};
    }
    if (code.branch == target.branch) return {};
    return Error{ErrorCode::conflict,
                 fmt::format("{} is of branch {}, and {} is checked out", target.id, target.branch, code.branch),
                 "git switch " + target.branch};
}

class Rollback {
public:
    Rollback(const UpdateSettings& settings, const RollbackRequest& request, const RunEvents& events)
        : settings_(settings), request_(request), events_(events) {}

    Result<RunReport> run() {
        GUP_TRY(const Connector connector, find_connector(settings_, request_.connector));
        GUP_CHECK(recover_if_needed(settings_, connector.name));
        observation_ = observe_here(connector, settings_);
        if (observation_.error) return *observation_.error;
        status_ = read_status(status_file(settings_)).value_or({});
        GUP_TRY(const Generation target, find_target());
        if (events_.started) events_.started({connector.name});
        report_ = switch_to(target);
        RunReport run;
        run.connectors.push_back(report_);
        if (events_.finished) events_.finished(report_);
        if (!report_.actions.empty()) {
            (void)save_status(settings_, status_, run, Coverage::some_connectors);
        }
        return run;
    }

private:
    Result<Generation> find_target() {
        GUP_TRY(const EffectiveUser acting, EffectiveUser::begin(observation_.owner));
        const fs::path& place = observation_.place.path;
        const fs::path folder = generations_folder(settings_.root, request_.connector, place);
        const auto generations = list_generations(folder, place);
        const Generation* current =
            find_current(generations, observation_.code.commit, virtualenv_at(observation_.place));
        const Generation* target = request_.generation.empty() ? find_before(generations, current)
                                                               : find_generation(generations, request_.generation);
        is_current_ = target != nullptr && target == current;
        if (target != nullptr) return *target;
        if (request_.generation.empty()) {
            return Error{ErrorCode::invalid_input,
                         fmt::format("{} has no generation to go back to", request_.connector),
                         known_ids(generations, no_generation)};
        }
        return Error{ErrorCode::invalid_input,
                     fmt::format("{} has no generation {}", request_.connector, request_.generation),
                     known_ids(generations, no_generation)};
    }

    ConnectorReport switch_to(const Generation& target) {
        ConnectorReport report = first_report(observation_);
        const ConnectorStatus* known = status_.find(report.name);
        if (known != nullptr) report.held_back = known->report.held_back;
        if (known != nullptr) report.quarantine = known->report.quarantine;
        report.pins = pin_states(observation_.gupfile, observation_.virtualenv);
        if (is_current_) return report;
        if (auto status = check_code(observation_.code, target); !status.ok()) {
            return with_failure(std::move(report), status.error());
        }
        DeploymentRequest request{
            observation_, observation_.gupfile, observation_.virtualenv, CodeChange::none, {}, {}, {}, target};
        if (target.commit != observation_.code.commit) {
            request.code = CodeChange::fast_forward;
            request.move = FastForward{observation_.code.branch, observation_.code.commit, target.commit, 0};
        }
        auto gupfile = gupfile_of(target);
        if (!gupfile.ok()) return with_failure(std::move(report), gupfile.error());
        if (!request_.reason.empty()) gupfile->health = {};  // what did not come up runs still, until the reboot
        Lifecycle care(observation_, *gupfile, settings_, events_);
        const auto result = switch_alone(make_deployment, request, care, settings_, events_);
        if (!result.ok()) return with_failure(std::move(report), result.error());
        if (result->error) {
            report = with_failure(std::move(report), *result->error);
            report.outcome = outcome_of(result->end);
            return report;
        }
        report.pins = pin_states(*gupfile, result->virtualenv);
        report.restarted = gupfile->service;
        return with_success(std::move(report), target);
    }

    // As it is in the target's commit; where the code stays, what was changed here counts.
    Result<Gupfile> gupfile_of(const Generation& target) const {
        if (target.commit == observation_.code.commit) return observation_.gupfile;
        GUP_TRY(const EffectiveUser acting, EffectiveUser::begin(observation_.owner));
        GUP_TRY(const GitRepository repository, open_repository(observation_));
        GUP_TRY(const auto text, repository.read_file_at(target.commit, gupfile_name));
        return parse_gupfile(text.value_or(""));
    }

    static ConnectorReport with_failure(ConnectorReport report, const Error& error) {
        fail(report, error);
        log::record(log::Level::error, report.name, log::with_hint("not rolled back: " + error.message, error.hint));
        return report;
    }

    ConnectorReport with_success(ConnectorReport report, const Generation& target) const {
        report.outcome = request_.reason.empty() ? Outcome::updated : Outcome::rolled_back;
        report.reason = request_.reason;
        report.commit = target.commit;
        report.actions.push_back(fmt::format("roll back to {}: {} {} -> {}", target.id, report.branch,
                                             short_id(report.from_commit), short_id(target.commit)));
        log::info(report.name, report.actions.back());
        const Release left{report.from_commit, observation_.gupfile.pins};
        report.quarantine = without_release(std::move(report.quarantine), {target.commit, target.pins});
        report.quarantine = add_quarantined(std::move(report.quarantine),
                                            make_quarantined(left, request_.reason, system_clock().now()));
        return report;
    }

    const UpdateSettings& settings_;
    const RollbackRequest& request_;
    const RunEvents& events_;
    Observation observation_;
    StatusDocument status_;
    bool is_current_ = false;
    ConnectorReport report_;
};

}  // namespace

Result<RunReport> run_rollback(const UpdateSettings& settings, const RollbackRequest& request,
                               const RunEvents& events) {
    const log::ConnectorScope scope(request.connector);
    if (!enabled_release(settings.root, request.connector).empty()) {
        return run_release_rollback(settings, request, events);
    }
    return Rollback(settings, request, events).run();
}

}  // namespace gup

#include "update/release_switch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/release.hpp"
#include "deploy/mirror/location.hpp"
#include "deploy/release_deployment.hpp"
#include "status/status_document.hpp"
#include "transaction/recovery.hpp"
#include "update/connector_update.hpp"
#include "update/lifecycle.hpp"
#include "update/run.hpp"
#include "update/verify.hpp"
#include "util/log/log.hpp"
#include "util/sys/effective_user.hpp"

namespace gup {
namespace {

std::string enabled_now(const ConnectorLayout& site) {
    return enabled_release(site.link.parent_path(), site.name);
}

// As observe_here, also of what has no release enabled yet, or one that is damaged: another is to take its place.
Observation observe_site(const ConnectorLayout& site, const UpdateSettings& settings) {
    if (is_releases_layout(settings.root, site.name)) {
        Observation observation = observe_here({site.name, site.link}, settings);
        if (!observation.error) return observation;
    }
    Observation observation;
    observation.connector = {site.name, site.link};
    observation.owner = site.owner;
    observation.release = enabled_now(site);
    observation.place = site.place;
    return observation;
}

// What an operator asks for by name, told as a run of one connector.
class ReleaseCommand {
public:
    ReleaseCommand(const UpdateSettings& settings, const ConnectorLayout& site, const RunEvents& events)
        : settings_(settings), events_(events) {
        report_.name = site.name;
        if (events.started) events.started({site.name});
        status_ = read_status(status_file(settings)).value_or({});
        if (const ConnectorStatus* known = status_.find(site.name)) {
            report_.held_back = known->report.held_back;
            report_.quarantine = known->report.quarantine;
            report_.pins = known->report.pins;
        }
    }

    ConnectorReport& report() { return report_; }
    // Why what runs did not come up: then it is not a person who asks.
    void because(const std::string& reason) { reason_ = reason; }

    RunReport end(const Status& done) {
        if (!done.ok()) return end(Outcome::failed, done.error());
        if (!report_.actions.empty()) report_.outcome = Outcome::updated;
        return end();
    }

    // All phases of the switch to an installed release, as a night has them.
    // Fails when nothing could be switched, or not committed; `left`, if it is given, is not brought back by a night.
    Result<RunReport> switch_to(const Observation& observation, const Generation& release, const Generation* left) {
        report_.from_commit = observation.code.commit;
        report_.commit = observation.code.commit;
        report_.branch = observation.code.branch;
        GUP_TRY(const DeploymentResult result, execute(observation, release));
        if (result.end == DeploymentEnd::failed) return *result.error;
        if (result.error) return end(outcome_of(result.end), *result.error);
        report_.commit = release.commit;
        report_.branch = release.branch;
        report_.actions = result.actions;
        auto& quarantine = report_.quarantine;
        quarantine = without_release(std::move(quarantine), {release.commit, release.pins});
        if (left != nullptr && !left->commit.empty()) {
            const Release gone{left->commit, left->pins};
            quarantine = add_quarantined(std::move(quarantine), make_quarantined(gone, reason_, system_clock().now()));
        }
        report_.reason = reason_;
        report_.outcome = reason_.empty() ? Outcome::updated : Outcome::rolled_back;
        RunReport run = end();
        (void)save_status(settings_, status_, run, Coverage::some_connectors);
        return run;
    }

private:
    RunReport end() {
        RunReport run;
        run.connectors.push_back(report_);
        if (events_.finished) events_.finished(report_);
        return run;
    }

    RunReport end(Outcome outcome, const Error& error) {
        fail(report_, error);
        report_.outcome = outcome;
        log::record(log::Level::error, report_.name, log::with_hint(report_.reason, report_.hint));
        return end();
    }

    Result<DeploymentResult> execute(const Observation& observation, const Generation& release) {
        const ConnectorLayout site = layout_of(observation, settings_.root);
        GUP_TRY(Gupfile gupfile, gupfile_of(site, release.id));
        if (!reason_.empty()) gupfile.health = {};  // what did not come up runs still, until the reboot
        const DeploymentRequest request{observation, gupfile, observation.virtualenv, CodeChange::none, {}, {},
                                        {},          release};
        Lifecycle care(observation, gupfile, settings_, events_);
        GUP_TRY(DeploymentResult result, switch_alone(make_release_deployment, request, care, settings_, events_));
        if (result.error) return result;
        report_.restarted = gupfile.service;
        report_.pins = pin_states(gupfile, result.virtualenv);
        return result;
    }

    static Result<Gupfile> gupfile_of(const ConnectorLayout& site, const std::string& release) {
        GUP_TRY(const EffectiveUser acting, EffectiveUser::begin(site.owner));
        GUP_TRY(const std::string text, read_file(site.folder / release / gupfile_name, gupfile_limit));
        return parse_gupfile(text);
    }

    const UpdateSettings& settings_;
    const RunEvents& events_;
    StatusDocument status_;
    std::string reason_;
    ConnectorReport report_;
};

Result<Generation> named_release(const ConnectorLayout& site, const std::vector<Generation>& releases,
                                 const std::string& id) {
    if (const Generation* found = find_generation(releases, id)) return *found;
    const Status checked = check_release_id(id);
    if (!checked.ok()) return checked.error();
    return Error{ErrorCode::invalid_input, fmt::format("release {} of {} is not installed", id, site.name),
                 known_releases(releases)};
}

Result<std::vector<Generation>> releases_of(const ConnectorLayout& site) {
    GUP_TRY(const EffectiveUser acting, EffectiveUser::begin(site.owner));
    return list_releases(site);
}

Result<ConnectorLayout> find_known_site(const UpdateSettings& settings, const std::string& name) {
    GUP_TRY(ConnectorLayout site, find_layout(settings, name));
    if (is_there(site.link) || is_there(site.folder)) return site;
    return Error{ErrorCode::invalid_input, fmt::format("no connector is named {}", name),
                 "gup-agent release install --from DIR makes its first release"};
}

}  // namespace

Result<RunReport> run_release_enable(const UpdateSettings& settings, const std::string& name, const std::string& id,
                                     const RunEvents& events) {
    GUP_TRY(const ConnectorLayout site, find_layout(settings, name));
    const log::ConnectorScope scope(site.name);
    GUP_CHECK(recover_if_needed(settings, site.name));
    GUP_TRY(const auto releases, releases_of(site));
    GUP_TRY(Generation release, named_release(site, releases, id));
    const Generation* before = find_generation(releases, enabled_now(site));
    ReleaseCommand command(settings, site, events);
    if (before != nullptr && before->id == id && leads_to_release(site) && has_mirror(settings, site.name)) {
        command.report().reason = fmt::format("{} is already at {}", site.name, id);
        log::info(site.name, command.report().reason);
        return command.end(Status{});
    }
    const bool is_back = before != nullptr && release.sequence < before->sequence;
    if (before != nullptr && before->id != id) release.previous = before->id;
    return command.switch_to(observe_site(site, settings), release, is_back ? before : nullptr);
}

Result<RunReport> run_release_rollback(const UpdateSettings& settings, const RollbackRequest& request,
                                       const RunEvents& events) {
    const auto& [name, id, reason] = request;
    GUP_TRY(const ConnectorLayout site, find_layout(settings, name));
    GUP_CHECK(recover_if_needed(settings, site.name));
    GUP_TRY(const auto releases, releases_of(site));
    const Generation* current = find_generation(releases, enabled_now(site));
    const Generation* before = find_before(releases, current);
    if (id.empty() && before == nullptr) {
        return Error{ErrorCode::invalid_input, fmt::format("{} has no release to go back to", name),
                     known_releases(releases)};
    }
    GUP_TRY(const Generation target, named_release(site, releases, id.empty() ? before->id : id));
    ReleaseCommand command(settings, site, events);
    command.because(reason);
    if (current != nullptr && current->id == target.id) return command.end(Status{});
    auto run = command.switch_to(observe_site(site, settings), target, current);
    return run.ok() ? run : command.end(run.error());
}

Result<ReleaseList> read_releases(const UpdateSettings& settings, const std::string& name) {
    GUP_TRY(const ConnectorLayout site, find_known_site(settings, name));
    GUP_TRY(const EffectiveUser acting, EffectiveUser::begin(site.owner));
    return ReleaseList{list_releases(site), enabled_now(site)};
}

Result<RunReport> run_release_prune(const UpdateSettings& settings, const std::string& name, std::size_t keep,
                                    const RunEvents& events) {
    GUP_TRY(const ConnectorLayout site, find_known_site(settings, name));
    GUP_CHECK(recover_if_needed(settings, site.name));
    ReleaseCommand command(settings, site, events);
    GUP_TRY(const EffectiveUser acting, EffectiveUser::begin(site.owner));
    const auto pruned = prune_releases(site, settings.state, keep);
    if (!pruned.ok()) return command.end(pruned.error());
    for (const std::string& id : *pruned) {
        command.report().actions.push_back(fmt::format("remove release {}", id));
        log::info(site.name, command.report().actions.back());
    }
    return command.end(Status{});
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "update/generation_switch.hpp"

#include <utility>

#include "connector/upstream.hpp"
#include "deploy/in_place_deployment.hpp"
#include "update/connector_update.hpp"
#include "update/lifecycle.hpp"
#include "update/verify.hpp"

namespace gup {
namespace {

// The gupfile of the target. Where the code stays in place, the one in the work tree, with its local changes.
Result<Gupfile> gupfile_of(const GenerationSwitch& wanted, const fs::path& root) {
    const Observation& observation = wanted.observation;
    if (wanted.layout == Layout::releases) {
        const fs::path folder = layout_of(observation, root).folder / wanted.target.id;
        GUP_TRY(Declaration declaration, declaration_in(folder, observation.declaration));
        return std::move(declaration.gupfile);
    }
    if (wanted.target.commit == observation.code.commit) return observation.gupfile;
    GUP_TRY(const GitRepository repository, open_repository(observation));
    GUP_TRY(Declaration declaration, declaration_at(repository, wanted.target.commit, observation.declaration));
    return std::move(declaration.gupfile);
}

DeploymentRequest request_for(const GenerationSwitch& wanted, const Gupfile& gupfile) {
    const Observation& observation = wanted.observation;
    const Generation& target = wanted.target;
    DeploymentRequest request{observation, gupfile, observation.virtualenv, CodeChange::none, {}, {}, {}, target};
    request.layout = wanted.layout;
    request.stacks = true;
    if (wanted.layout == Layout::in_place && target.commit != observation.code.commit) {
        request.code = CodeChange::fast_forward;
        request.move = FastForward{observation.code.branch, observation.code.commit, target.commit, 0};
    }
    return request;
}

void quarantine_left(const GenerationSwitch& wanted, std::vector<QuarantinedRelease>& quarantine) {
    quarantine = without_release(std::move(quarantine), {wanted.target.commit, wanted.target.pins});
    if (!wanted.left || wanted.left->commit.empty()) return;
    QuarantinedRelease entry = make_quarantined(*wanted.left, wanted.reason, system_clock().now());
    entry.is_of_containers = wanted.left->commit == wanted.target.commit && wanted.left->pins == wanted.target.pins;
    quarantine = add_quarantined(std::move(quarantine), std::move(entry));
}

}  // namespace

Observation observe_for_release(const ConnectorLayout& site, const UpdateSettings& settings) {
    if (is_releases_layout(settings.root, site.name)) {
        Observation observation = observe_here({site.name, site.link}, settings);
        if (!observation.error) return observation;
    }
    Observation observation;
    observation.connector = {site.name, site.link};
    observation.owner = site.owner;
    observation.layout = Layout::releases;
    observation.release = enabled_release(settings.root, site.name);
    observation.place = site.place;
    observation.declaration = declaration_place(settings, site.name, site.owner);
    return observation;
}

Result<RunReport> switch_generation(const GenerationSwitch& wanted, ConnectorCommand& command,
                                    const UpdateSettings& settings, const RunEvents& events) {
    GUP_TRY(Gupfile gupfile, gupfile_of(wanted, settings.root));
    if (!wanted.reason.empty()) gupfile.health = {};  // what did not come up runs still, until the reboot
    const DeploymentRequest request = request_for(wanted, gupfile);
    Lifecycle care(wanted.observation, gupfile, settings, events);
    GUP_TRY(const DeploymentResult result, switch_alone(request, care, settings, events));
    if (result.end == DeploymentEnd::failed) return *result.error;
    if (result.error) return command.fail(*result.error, outcome_of(result.end));
    ConnectorReport& report = command.report();
    report.outcome = wanted.reason.empty() ? Outcome::updated : Outcome::rolled_back;
    report.reason = wanted.reason;
    report.commit = wanted.target.commit;
    if (wanted.layout == Layout::releases) report.branch = wanted.target.branch;
    report.pins = pin_states(gupfile, result.virtualenv);
    report.restarted = gupfile.service;
    report.actions = result.actions;
    quarantine_left(wanted, report.quarantine);
    command.save_when_done();
    return command.done();
}

}  // namespace gup

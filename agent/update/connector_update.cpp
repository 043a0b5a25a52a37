// SPDX-License-Identifier: Apache-2.0
#include "update/connector_update.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "connector/vanishing.hpp"
#include "core/release.hpp"
#include "core/satisfied.hpp"
#include "core/short_id.hpp"
#include "core/stack/stack_set.hpp"
#include "util/log/log.hpp"
#include "util/sys/signals.hpp"

namespace gup {
namespace {

void add_problem(ConnectorReport& report, Outcome outcome, const std::string& reason, const std::string& hint) {
    if (report.outcome != Outcome::failed) report.outcome = outcome;
    if (!report.reason.empty()) report.reason += "; ";
    report.reason += reason;
    if (report.hint.empty()) report.hint = hint;
}

void add_action(ConnectorReport& report, const std::string& action) {
    log::info(report.name, action);
    report.actions.push_back(action);
    if (report.outcome == Outcome::unchanged) report.outcome = Outcome::updated;
}

}  // namespace

ConnectorUpdate::ConnectorUpdate(UpdateInput input, MaintenanceWindow& gate, const UpdateSettings& settings,
                                 const RunEvents& events)
    : observation_(input.observation),
      gate_(gate),
      settings_(settings),
      events_(events),
      fetch_(std::move(input.fetch)),
      history_(std::move(input.history)),
      policy_{settings.create_virtualenv, settings.installer.prune},
      virtualenv_(observation_.virtualenv),
      report_(first_report(observation_)) {
    report_.quarantine = history_.quarantine;
    if (fetch_.fetched.revision) report_.branch = fetch_.fetched.revision->name;
}

ConnectorUpdate::Next ConnectorUpdate::prepare() {
    const log::ConnectorScope scope(report_.name);
    if (observation_.error) {
        report_ = failed_report(observation_, *observation_.error, history_);
        return Next::report;
    }
    keep_exported(observation_.declaration, settings_.root, observation_.owner);
    decide_now();
    tell_code();
    if (decision_.deferred) tell_deferred(*decision_.deferred, decision_.defers_code);
    if (!stage()) return Next::report;
    if (needs_verification()) return Next::wait;
    return switch_over();
}

// The next run plans a deferred update again.
void ConnectorUpdate::decide_now() {
    is_decided_ = true;
    decision_ = decide(observation_, fetch_.fetched, history_, policy_);
    if (decision_.deferred || decision_.plan.empty()) return;
    if (const auto vanishing = vanishing_updates(settings_)) {
        drop_steps(decision_.plan);
        if (!decision_.code_error) add_failure(*vanishing);
        return;
    }
    if (const auto deferral = gate_.ask(observation_)) decision_ = put_off(std::move(decision_), *deferral);
}

// Why the code stays, or may not be the latest.
void ConnectorUpdate::tell_code() {
    const Plan& plan = decision_.plan;
    if (!plan.code_blocked.empty()) {
        add_problem(report_, blocked_outcome(decision_, observation_.code.condition), plan.code_blocked,
                    plan.code_hint);
    }
    if (!decision_.code_error) return;
    report_.unreachable = is_network_failure(*decision_.code_error);
    report_.waiting = history_.waiting;  // as far as can be seen
    add_failure(*decision_.code_error);
}

void ConnectorUpdate::tell_deferred(const Deferral& deferral, bool is_code) {
    std::string what = "an update";
    if (is_code && observation_.latest_id().empty()) {
        what = "a possible update of its source";  // only a download would tell
    } else if (is_code) {
        what = fmt::format("{} {}", observation_.upstream.latest->name, short_id(observation_.latest_id()));
    }
    add_problem(report_, deferral.outcome, fmt::format("{} waits: {}", what, deferral.reason), deferral.hint);
    report_.waiting = deferral.waiting;
}

ConnectorUpdate::Next ConnectorUpdate::activate() {
    if (is_switched_) return Next::wait;
    const log::ConnectorScope scope(report_.name);
    return switch_over();
}

ConnectorReport ConnectorUpdate::report() {
    const log::ConnectorScope scope(report_.name);
    if (!is_decided_) return std::move(report_);
    end_switch();
    for (const std::string& note : decision_.plan.notes) log::info(report_.name, note);
    tell_pins();
    report_.pins = pin_states(decision_.gupfile, virtualenv_);
    report_.requirements = decision_.gupfile.requirements;
    return std::move(report_);
}

// True if something is staged and must be activated.
bool ConnectorUpdate::stage() {
    while (make_switch()) {
        if (auto status = care_->check_claim(); !status.ok()) {
            switch_->drop(std::move(status).error());
        } else if (switch_->stage()) {
            return true;
        }
        if (!try_without_code()) break;
    }
    return false;
}

ConnectorUpdate::Next ConnectorUpdate::switch_over() {
    do {
        if (stop_requested()) {
            switch_->drop({ErrorCode::cancelled, "stopped before anything was switched", {}});
            return Next::report;
        }
        window_closed_ = gate_.recheck(observation_);
        if (window_closed_) {
            switch_->drop({ErrorCode::cancelled, window_closed_->reason, {}});
            return Next::report;
        }
        is_switched_ = switch_->activate(care_->hooks());
        if (is_switched_ && needs_verification()) return Next::wait;
        if (is_switched_) {
            commit_alone();
            return Next::report;
        }
    } while (try_without_code() && stage());
    return Next::report;
}

bool ConnectorUpdate::needs_verification() const {
    return care_->needs_health_check() || switch_->stacks() != nullptr;
}

void ConnectorUpdate::commit_alone() {
    if (auto status = switch_->commit(); !status.ok()) {
        switch_->roll_back(std::move(status).error(), DeploymentEnd::failed);
        care_->rolled_back(switch_->staged());
        switch_->end();
    }
}

// One transaction for the plan; false if there is nothing to do.
bool ConnectorUpdate::make_switch() {
    request_.emplace(DeploymentRequest{observation_, decision_.gupfile, virtualenv_, CodeChange::none, {}, {}, {}, {}});
    code_step_.reset();
    for (const Step& step : decision_.plan.steps) {
        if (is_of_code(step)) code_step_ = step;
        if (const auto* create = std::get_if<CreateVirtualenv>(&step)) request_->create = *create;
        if (const auto* install = std::get_if<InstallPins>(&step)) request_->install = *install;
        if (const auto* remove = std::get_if<RemovePackages>(&step)) request_->remove = *remove;
        if (const auto* restore = std::get_if<RestoreFolder>(&step)) {
            request_->back_to = observation_.upstream.running;
            log::warning(report_.name, fmt::format("{}: the release must be copied again", restore->damage));
        }
        if (std::holds_alternative<UpdateSubmodules>(step)) request_->code = CodeChange::submodules;
        const bool has_stacks =
            fetch_.fetched.has_stacks || observation_.stacks.running || !observation_.stacks.left.empty();
        if (std::holds_alternative<UpdateStacks>(step) || (is_of_code(step) && has_stacks)) request_->stacks = true;
        if (const auto* move = std::get_if<FastForward>(&step)) {
            request_->code = CodeChange::fast_forward;
            request_->move = *move;
        }
        if (std::holds_alternative<DeployRevision>(step)) {
            request_->code = CodeChange::revision;
            request_->revision = RevisionMove{*fetch_.fetched.revision, fetch_.fetched.installed, fetch_.tree};
        }
    }
    if (request_->install) {
        if (auto status = settings_.network.admit_download(); !status.ok()) {
            not_admitted_ = std::move(status).error();
            request_->install.reset();
        }
    }
    const bool has_pins = request_->create || request_->install || request_->remove;
    if (!code_step_ && !has_pins && !request_->back_to && !request_->stacks) return false;
    care_ = std::make_unique<Lifecycle>(observation_, decision_.gupfile, settings_, events_);
    switch_ = make_deployment(*request_, settings_, events_);
    return true;
}

// Code that cannot be moved leaves the pins of its own gupfile, which have a try of their own.
bool ConnectorUpdate::try_without_code() {
    const DeploymentResult& result = switch_->result();
    if (!result.error || !code_step_) return false;
    const bool is_final = result.end != DeploymentEnd::failed || is_machine_failure(*result.error) ||
                          result.error->code == ErrorCode::cancelled;
    if (is_final) return false;
    end_switch();
    return true;
}

// Adds the result of the transaction to the report.
void ConnectorUpdate::end_switch() {
    if (!switch_) return;
    // Its units run the new code: there is nothing that waits for a reboot.
    const Gupfile& gupfile = decision_.gupfile;
    const bool has_stacks = switch_->stacks() != nullptr || observation_.stacks.running;
    const bool has_only_stacks = has_stacks && gupfile.service.empty() && gupfile.pins.empty();
    result_ = std::move(switch_->result());
    switch_.reset();
    if (result_.end == DeploymentEnd::committed) {
        report_.restarted = has_only_stacks ? stack_target(report_.name) : decision_.gupfile.service;
        report_.generation = result_.generation;
        virtualenv_ = result_.virtualenv;
        if (!code_step_) return;
        if (const std::string to = moves_to(*code_step_); !to.empty()) report_.commit = to;
        add_action(report_, display_done(*code_step_));
        tell_folder();
        tell_declaration();
    }
    if (!result_.error) return;
    if (window_closed_) {
        tell_deferred(*window_closed_, decision_.moves_code());
    } else {
        add_end(result_);
    }
    if (!code_step_) return;
    result_ = {};
    decision_ = decide_without_move(observation_, history_, policy_, std::move(decision_));
}

// A folder around everything in the archive: the update is what was asked for, but hardly what was meant.
void ConnectorUpdate::tell_folder() {
    if (fetch_.tree == nullptr || fetch_.tree->folder_around.empty()) return;
    const auto [message, hint] =
        tell_folder_around(fetch_.tree->folder_around, display(observation_.connector.declared->source));
    log::warning(report_.name, log::with_hint(message, hint));
    if (report_.reason.empty()) std::tie(report_.reason, report_.hint) = std::tie(message, hint);
}

// A repository without a gupfile: what declares its packages, once.
void ConnectorUpdate::tell_declaration() {
    const Gupfile& now = decision_.gupfile;
    if (now.is_missing && now.pins.empty()) {
        add_action(report_, "it declares no packages: it has no gupfile and no requirements file");
    } else if (now.is_found && now.requirements != observation_.gupfile.requirements) {
        add_action(report_, declared_by(now.requirements));
    }
}

void ConnectorUpdate::add_end(const DeploymentResult& result) {
    if (result.end == DeploymentEnd::failed) return add_failure(*result.error);
    const Outcome outcome = outcome_of(result.end);
    add_problem(report_, outcome, result.error->message, result.error->hint);
    if (outcome != Outcome::rolled_back || !is_the_releases_fault(*result.error)) return;
    const std::string to = code_step_ ? moves_to(*code_step_) : std::string();
    Release left{to.empty() ? report_.commit : to, decision_.gupfile.pins, decision_.settings};
    auto entry = make_quarantined(std::move(left), result.error->message, system_clock().now());
    entry.is_of_containers = to.empty() && request_->stacks && !request_->install && !request_->remove;
    report_.quarantine = add_quarantined(std::move(report_.quarantine), std::move(entry));
}

void ConnectorUpdate::tell_pins() {
    const Plan& plan = decision_.plan;
    if (!plan.pins_blocked.empty()) add_problem(report_, Outcome::failed, plan.pins_blocked, plan.pins_hint);
    for (std::size_t i = 0; i < plan.problems.size(); ++i) {
        if (plan.told_problem == i) continue;  // the outcome has it
        const Problem& problem = plan.problems[i];
        const auto level = problem.severity == Severity::error ? log::Level::error : log::Level::warning;
        log::record(level, report_.name, display(problem, report_.name + "/"));
    }
    tell_broken_virtualenv();
    for (const std::string& action : result_.actions) add_action(report_, action);
    if (result_.stage_error) add_failure(*result_.stage_error);
    if (not_admitted_) add_failure(*not_admitted_);
    tell_failures();
    for (const HeldPin& held : decision_.held_back) {
        add_problem(report_, Outcome::failed,
                    fmt::format("{} is not available (last checked {}): {}", display(held.requirement),
                                format_time(held.since), held.reason),
                    fmt::format("gup-agent now {} tries again", report_.name));
        report_.held_back.push_back(held);
    }
}

// One that was to be made anew, and was not.
void ConnectorUpdate::tell_broken_virtualenv() {
    if (result_.end == DeploymentEnd::committed) return;
    for (const Step& step : decision_.plan.steps) {
        const auto* create = std::get_if<CreateVirtualenv>(&step);
        if (create == nullptr || create->because.empty()) continue;
        add_problem(report_, Outcome::failed, broken_virtualenv(create->path, create->because), {});
    }
}

void ConnectorUpdate::tell_failures() {
    for (const PinFailure& failure : result_.failures) {
        add_problem(report_, Outcome::failed, fmt::format("{}: {}", display(failure.requirement), failure.reason),
                    failure.hint);
        if (failure.kind != PinFailureKind::not_available) continue;
        report_.held_back.push_back({failure.requirement, failure.reason, system_clock().now()});
    }
}

// An update that exceeds today's data budget is deferred, not failed.
void ConnectorUpdate::add_failure(const Error& error) {
    const auto outcome = DataBudget::is_refusal(error) ? Outcome::deferred : Outcome::failed;
    add_problem(report_, outcome, error.message, error.hint);
}

std::string declared_by(const std::string& requirements) {
    return fmt::format("its packages are declared by {}, because it has no gupfile", requirements);
}

std::vector<PinState> pin_states(const Gupfile& gupfile, const ObservedVirtualenv& virtualenv) {
    std::vector<PinState> states;
    for (const Requirement& pin : gupfile.pins) {
        if (!applies(pin, virtualenv)) continue;
        PinState state{pin.name, wanted_version(pin), {}};
        const auto same = [&](const Distribution& distribution) {
            return normalized_name(distribution.name) == normalized_name(pin.name);
        };
        const auto found = std::find_if(virtualenv.distributions.begin(), virtualenv.distributions.end(), same);
        if (found != virtualenv.distributions.end()) state.installed = found->version;
        states.push_back(std::move(state));
    }
    return states;
}

// A person chose this state, or the release failed.
Outcome blocked_outcome(const Decision& decision, CodeCondition condition) {
    if (!decision.quarantined) return blocked_outcome(condition);
    return decision.quarantined->by_hand ? Outcome::skipped : Outcome::rolled_back;
}

Outcome blocked_outcome(CodeCondition condition) {
    switch (condition) {
        case CodeCondition::not_a_repository:
        case CodeCondition::unborn_branch:
        case CodeCondition::detached_head:
        case CodeCondition::no_upstream:
        case CodeCondition::wrong_branch:
        case CodeCondition::operation_pending:
        case CodeCondition::chosen_by_hand:
            return Outcome::skipped;
        case CodeCondition::ready:
        case CodeCondition::bare:
        case CodeCondition::corrupt:
        case CodeCondition::unreadable:
        case CodeCondition::index_locked:
            break;
    }
    return Outcome::failed;
}

ConnectorReport first_report(const Observation& observation) {
    ConnectorReport report;
    report.name = observation.connector.name;
    report.branch = observation.code.branch;
    report.from_commit = observation.code.commit;
    report.commit = observation.code.commit;
    report.requirements = observation.gupfile.requirements;
    return report;
}

ConnectorReport failed_report(const Observation& observation, const Error& error, const History& history) {
    ConnectorReport report = first_report(observation);
    report.held_back = history.held_back;
    report.quarantine = history.quarantine;
    report.waiting = history.waiting;
    report.unreachable = is_network_failure(error);
    report.pins = pin_states(observation.gupfile, observation.virtualenv);
    add_problem(report, Outcome::failed, error.message, error.hint);
    return report;
}

}  // namespace gup

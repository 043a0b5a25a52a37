#include "update/execute.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "update/aftercare.hpp"
#include "update/pair_transaction.hpp"
#include "util/log.hpp"

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

// Somebody chose to be there, or the release did not come up.
Outcome quarantined_outcome(const QuarantinedRelease& entry) {
    return entry.reason == rolled_back_by_hand ? Outcome::skipped : Outcome::rolled_back;
}

class Execution {
public:
    Execution(const Observation& observation, const Remembered& remembered, const UpdateSettings& settings,
              const RunEvents& events)
        : observation_(observation),
          settings_(settings),
          events_(events),
          options_{FetchMode::in_place, settings.create_environment, remembered, settings.state},
          environment_(observation.environment),
          report_(first_report(observation)) {
        report_.quarantine = remembered.quarantine;
    }

    ConnectorReport run() {
        decision_ = decide(observation_, options_, events_);
        const Plan& plan = decision_.plan;
        if (!plan.code_blocked.empty()) {
            const auto outcome = decision_.quarantined ? quarantined_outcome(*decision_.quarantined)
                                                       : blocked_outcome(observation_.code.condition);
            add_problem(report_, outcome, plan.code_blocked, plan.code_hint);
        }
        if (decision_.code_error) {
            report_.unreachable = is_network_failure(*decision_.code_error);
            add_failure(*decision_.code_error);
        }
        const PairResult result = change();
        for (const std::string& note : decision_.plan.notes) log::info(report_.name, note);
        tell_pins(result);
        report_.pins = pin_states(decision_.gupfile, environment_);
        return std::move(report_);
    }

private:
    // Code and pins together. Code that cannot be moved leaves those of its own gupfile, which have a try of their own.
    PairResult change() {
        PairResult result = execute_plan();
        const bool has_moved = result.end == PairEnd::committed;
        if (has_moved && code_step_) {
            if (const auto* move = std::get_if<FastForward>(&*code_step_)) report_.commit = move->to;
            add_action(report_, display(*code_step_));
        }
        if (!result.error) return result;
        add_end(result);
        if (!code_step_) return result;
        const bool is_final = result.end != PairEnd::failed || result.error->code == ErrorCode::no_space ||
                              result.error->code == ErrorCode::cancelled;
        decide_without_move(observation_, options_, decision_);
        if (is_final) return PairResult{};
        result = execute_plan();
        if (result.error) add_end(result);
        return result;
    }

    // What of the plan is to be done is done in one transaction.
    PairResult execute_plan() {
        PairRequest request{observation_, decision_.gupfile, environment_, CodeChange::none, {}, {}, {}, {}};
        code_step_.reset();
        for (const Step& step : decision_.plan.steps) {
            if (const auto* create = std::get_if<CreateEnvironment>(&step)) {
                request.create = *create;
            } else if (const auto* install = std::get_if<InstallPins>(&step)) {
                request.install = *install;
            } else {
                code_step_ = step;
                const auto* move = std::get_if<FastForward>(&step);
                request.code = move == nullptr ? CodeChange::submodules : CodeChange::fast_forward;
                if (move != nullptr) request.move = *move;
            }
        }
        if (request.install) {
            if (auto status = admit_download(); !status.ok()) {
                not_admitted_ = std::move(status).error();
                request.install.reset();
            }
        }
        if (!code_step_ && !request.create && !request.install) return PairResult{};
        Aftercare care(observation_, decision_.gupfile, settings_, events_);
        PairResult result = switch_pair(request, settings_, events_, care.hooks());
        if (result.end == PairEnd::committed) report_.restarted = decision_.gupfile.service;
        environment_ = result.environment;
        return result;
    }

    void add_end(const PairResult& result) {
        if (result.end == PairEnd::failed) return add_failure(*result.error);
        const auto outcome = result.end == PairEnd::blocked ? Outcome::blocked : Outcome::rolled_back;
        add_problem(report_, outcome, result.error->message, result.error->hint);
        if (outcome != Outcome::rolled_back || !is_the_releases_fault(*result.error)) return;
        const auto* move = code_step_ ? std::get_if<FastForward>(&*code_step_) : nullptr;
        const Release left{move == nullptr ? report_.commit : move->to, decision_.gupfile.pins};
        report_.quarantine =
            add_quarantined(std::move(report_.quarantine), {left, result.error->message, system_clock().now()});
    }

    void tell_pins(const PairResult& result) {
        const Plan& plan = decision_.plan;
        if (!plan.pins_blocked.empty()) add_problem(report_, Outcome::failed, plan.pins_blocked, plan.pins_hint);
        for (const Problem& problem : plan.problems) {
            if (plan.pins_blocked.find(problem.message) != std::string::npos) continue;  // the outcome says it
            const auto level = problem.severity == Severity::error ? log::Level::error : log::Level::warning;
            log::record(level, report_.name, display(problem, report_.name + "/gupfile"));
        }
        for (const std::string& action : result.actions) add_action(report_, action);
        if (result.stage_error) add_failure(*result.stage_error);
        if (not_admitted_) add_failure(*not_admitted_);
        tell_failures(result.failures);
        for (const HeldPin& held : decision_.held_back) {
            add_problem(report_, Outcome::failed,
                        fmt::format("{} cannot be had, found out at {}: {}", display(held.requirement),
                                    format_time(held.since), held.reason),
                        fmt::format("gup-agent now {} tries again", report_.name));
            report_.held_back.push_back(held);
        }
    }

    void tell_failures(const std::vector<PinFailure>& failures) {
        for (const PinFailure& failure : failures) {
            add_problem(report_, Outcome::failed, fmt::format("{}: {}", display(failure.requirement), failure.reason),
                        {});
            if (failure.kind != PinFailureKind::not_available) continue;
            report_.held_back.push_back({failure.requirement, failure.reason, system_clock().now()});
        }
    }

    // What the data budget does not allow today is put off, not failed.
    void add_failure(const Error& error) {
        const auto outcome = DataBudget::is_refusal(error) ? Outcome::deferred : Outcome::failed;
        add_problem(report_, outcome, error.message, error.hint);
    }

    const Observation& observation_;
    const UpdateSettings& settings_;
    const RunEvents& events_;
    DecisionOptions options_;
    ObservedEnvironment environment_;
    Decision decision_;
    std::optional<Step> code_step_;      // of the plan that was executed last
    std::optional<Error> not_admitted_;  // why pins are put off
    ConnectorReport report_;
};

}  // namespace

std::vector<PinState> pin_states(const Gupfile& gupfile, const ObservedEnvironment& environment) {
    std::vector<PinState> states;
    for (const Requirement& pin : gupfile.pins) {
        PinState state{pin.name, pin.version, {}};
        const auto same = [&](const Distribution& distribution) {
            return normalized_name(distribution.name) == normalized_name(pin.name);
        };
        const auto found = std::find_if(environment.distributions.begin(), environment.distributions.end(), same);
        if (found != environment.distributions.end()) state.installed = found->version;
        states.push_back(std::move(state));
    }
    return states;
}

Outcome blocked_outcome(CodeCondition condition) {
    switch (condition) {
        case CodeCondition::not_a_repository:
        case CodeCondition::unborn_branch:
        case CodeCondition::detached_head:
        case CodeCondition::no_upstream:
        case CodeCondition::wrong_branch:
        case CodeCondition::operation_pending:
            return Outcome::skipped;
        case CodeCondition::ready:
        case CodeCondition::bare:
        case CodeCondition::corrupt:
        case CodeCondition::index_locked:
            break;
    }
    return Outcome::failed;
}

ConnectorReport update_connector(const Observation& observation, const Remembered& remembered,
                                 const UpdateSettings& settings, const RunEvents& events) {
    const log::ConnectorScope scope(observation.connector.name);
    if (observation.error) return failed_report(observation, *observation.error, remembered);
    const auto acting = ActingAs::begin(observation.owner);
    if (!acting.ok()) return failed_report(observation, acting.error(), remembered);
    return Execution(observation, remembered, settings, events).run();
}

ConnectorReport first_report(const Observation& observation) {
    ConnectorReport report;
    report.name = observation.connector.name;
    report.branch = observation.code.branch;
    report.from_commit = observation.code.commit;
    report.commit = observation.code.commit;
    return report;
}

ConnectorReport failed_report(const Observation& observation, const Error& error, const Remembered& remembered) {
    ConnectorReport report = first_report(observation);
    report.held_back = remembered.held_back;
    report.quarantine = remembered.quarantine;
    report.unreachable = is_network_failure(error);
    report.pins = pin_states(observation.gupfile, observation.environment);
    add_problem(report, Outcome::failed, error.message, error.hint);
    return report;
}

}  // namespace gup

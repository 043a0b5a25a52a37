#include "update/execute.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "update/install.hpp"
#include "update/transaction.hpp"
#include "util/log.hpp"

namespace gup {
namespace {

ConnectorReport first_report(const Observation& observation) {
    ConnectorReport report;
    report.name = observation.connector.name;
    report.branch = observation.code.branch;
    report.from_commit = observation.code.commit;
    report.commit = observation.code.commit;
    return report;
}

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

class Execution {
public:
    Execution(const Observation& observation, const std::vector<HeldPin>& held_back, const UpdateSettings& settings,
              const RunEvents& events)
        : observation_(observation),
          settings_(settings),
          events_(events),
          options_{FetchMode::in_place, settings.create_environment, held_back, settings.state},
          environment_(observation.environment),
          report_(first_report(observation)) {}

    ConnectorReport run() {
        decision_ = decide(observation_, options_, events_);
        move();
        for (const std::string& note : decision_.plan.notes) log::info(report_.name, note);
        reconcile();
        report_.pins = pin_states(decision_.gupfile, environment_);
        return std::move(report_);
    }

private:
    void move() {
        const Plan& plan = decision_.plan;
        if (!plan.code_blocked.empty()) {
            add_problem(report_, blocked_outcome(observation_.code.condition), plan.code_blocked, plan.code_hint);
        }
        if (decision_.code_error) {
            report_.unreachable = is_network_failure(*decision_.code_error);
            add_failure(*decision_.code_error);
        }
        for (const Step& step : plan.steps) {
            const auto* fast_forward = std::get_if<FastForward>(&step);
            if (fast_forward == nullptr && !std::holds_alternative<UpdateSubmodules>(step)) continue;
            const auto target = fast_forward == nullptr ? std::nullopt : std::optional(*fast_forward);
            if (auto status = move_code(observation_, target, settings_, events_); !status.ok()) {
                add_failure(status.error());
                if (target) decide_without_move(observation_, options_, decision_);
            } else {
                if (target) report_.commit = target->to;
                add_action(report_, display(step));
            }
            return;
        }
    }

    void reconcile() {
        const Plan& plan = decision_.plan;
        if (!plan.pins_blocked.empty()) add_problem(report_, Outcome::failed, plan.pins_blocked, plan.pins_hint);
        for (const Problem& problem : plan.problems) {
            if (plan.pins_blocked.find(problem.message) != std::string::npos) continue;  // the outcome says it
            const auto level = problem.severity == Severity::error ? log::Level::error : log::Level::warning;
            log::record(level, report_.name, display(problem, report_.name + "/gupfile"));
        }
        for (const Step& step : plan.steps) {
            if (const auto* create_step = std::get_if<CreateEnvironment>(&step)) {
                if (!create(*create_step)) break;
            } else if (const auto* install = std::get_if<InstallPins>(&step)) {
                install_all(*install);
            }
        }
        for (const HeldPin& held : decision_.held_back) {
            add_problem(report_, Outcome::failed,
                        fmt::format("{} cannot be had, found out at {}: {}", display(held.requirement),
                                    format_time(held.since), held.reason),
                        fmt::format("gup-agent now {} tries again", report_.name));
            report_.held_back.push_back(held);
        }
    }

    // What the data budget does not allow today is put off, not failed.
    void add_failure(const Error& error) {
        const auto outcome = DataBudget::is_refusal(error) ? Outcome::deferred : Outcome::failed;
        add_problem(report_, outcome, error.message, error.hint);
    }

    bool create(const CreateEnvironment& step) {
        events_.tell(report_.name, "making its virtualenv");
        if (auto status = make_environment(observation_, step.path, settings_); !status.ok()) {
            add_problem(report_, Outcome::failed, status.error().message, status.error().hint);
            return false;
        }
        auto environment = inspect_environment({true, step.path});
        if (!environment.ok()) {
            add_problem(report_, Outcome::failed, environment.error().message, environment.error().hint);
            return false;
        }
        environment_ = *std::move(environment);
        add_action(report_, display(Step{step}));
        return true;
    }

    void install_all(const InstallPins& step) {
        if (const auto status = admit_download(); !status.ok()) return add_failure(status.error());
        const Installed installed = install(step, {decision_.gupfile, observation_, environment_}, settings_, events_);
        environment_ = installed.environment;
        for (const std::string& action : installed.actions) add_action(report_, action);
        for (const PinFailure& failure : installed.failures) {
            add_problem(report_, Outcome::failed, fmt::format("{}: {}", display(failure.requirement), failure.reason),
                        {});
            if (failure.kind != PinFailureKind::not_available) continue;
            report_.held_back.push_back({failure.requirement, failure.reason, system_clock().now()});
        }
    }

    const Observation& observation_;
    const UpdateSettings& settings_;
    const RunEvents& events_;
    DecisionOptions options_;
    ObservedEnvironment environment_;
    Decision decision_;
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

ConnectorReport update_connector(const Observation& observation, const std::vector<HeldPin>& held_back,
                                 const UpdateSettings& settings, const RunEvents& events) {
    const log::ConnectorScope scope(observation.connector.name);
    if (observation.error) return failed_report(observation, *observation.error, held_back);
    const auto acting = ActingAs::begin(observation.owner);
    if (!acting.ok()) return failed_report(observation, acting.error(), held_back);
    return Execution(observation, held_back, settings, events).run();
}

ConnectorReport failed_report(const Observation& observation, const Error& error,
                              const std::vector<HeldPin>& held_back) {
    ConnectorReport report = first_report(observation);
    report.held_back = held_back;
    report.unreachable = is_network_failure(error);
    report.pins = pin_states(observation.gupfile, observation.environment);
    add_problem(report, Outcome::failed, error.message, error.hint);
    return report;
}

}  // namespace gup

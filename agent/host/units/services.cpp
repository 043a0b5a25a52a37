// SPDX-License-Identifier: Apache-2.0
#include "host/units/services.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "host/units/systemctl.hpp"
#include "host/units/unit_questions.hpp"
#include "util/log/log.hpp"
#include "util/process/process.hpp"
#include "util/text.hpp"
#include "util/units.hpp"
#include "util/worker/worker.hpp"

namespace gup {

using detail::complaint_in;
using detail::is_up;
using detail::systemctl_request;
using detail::units_of;
using detail::words_of;

namespace {

// Why one call of systemctl failed.
struct RestartFailure {
    Error cause;
    std::string words;  // of systemctl

    // Not refused as a whole: each unit was started, or is named.
    [[nodiscard]] bool was_queued() const { return cause.code == ErrorCode::timeout || contains(words, "ob for "); }
    // "Job for x.service failed", "A dependency job for x.service failed".
    [[nodiscard]] bool names(const UnitState& unit) const {
        return contains(words, "ob for " + unit.name + " ") || contains(words, "ob for " + unit.real_name() + " ");
    }
};

// Whether the unit was restarted all the same. Its health check judges it. A unit that was restarted has another invocation
// id, but systemd forgets a unit that has ended, and also whether it has failed.
bool is_restarted(const UnitState& before, const UnitState& after, const RestartFailure& failure) {
    if (failure.names(after)) return false;
    if (is_up(after)) return before.invocation.empty() || before.invocation != after.invocation;
    const bool is_new = !after.invocation.empty() && before.invocation != after.invocation;
    return (has_ended_well(after) || is_skipped(after)) && (is_new || failure.was_queued());
}

std::optional<Error> restart_error(const UnitState& before, const UnitState& after, const RestartFailure& failure,
                                   const Systemd& systemd) {
    const Error& cause = failure.cause;
    if (is_restarted(before, after, failure)) return std::nullopt;
    if (is_up(after)) {
        return Error{cause.code, fmt::format("cannot restart {}: {}", after.name, cause.message), cause.hint};
    }
    const std::string words = words_of(after, systemd);
    return Error{cause.code,
                 fmt::format("cannot restart {0}: {0} is {1}{2}{3}", after.name, display(after),
                             words.empty() ? "" : ": ", words),
                 detail::journal_hint(after.name, systemd)};
}

// The units that systemctl failed to restart.
std::map<std::string, Error> restart_failures(const std::vector<UnitState>& before, const RestartFailure& failure,
                                              const Systemd& systemd) {
    std::vector<std::string> units;
    units.reserve(before.size());
    for (const UnitState& state : before) units.push_back(state.name);
    const auto after = unit_states(units, systemd);
    std::map<std::string, Error> failures;
    for (std::size_t i = 0; i < before.size(); ++i) {
        const auto error = after.ok() ? restart_error(before[i], (*after)[i], failure, systemd)
                                      : failure.cause.with_context("cannot restart " + before[i].name);
        if (error) failures.emplace(before[i].name, *error);
    }
    return failures;
}

Status check_claim(const UnitState& state, const UnitClaim& claim, const Systemd& systemd) {
    GUP_CHECK(check_loaded(state));
    return detail::may_claim(state, claim, systemd);
}

// Whether a claim allows to restart the unit. The others get their errors.
bool is_claimed(const UnitState& state, const std::vector<UnitClaim>& claims, const Systemd& systemd,
                RestartErrors& errors) {
    bool is_any = false;
    for (std::size_t i = 0; i < claims.size(); ++i) {
        if (claims[i].unit != state.name) continue;
        const auto status = check_claim(state, claims[i], systemd);
        if (!status.ok()) errors[i] = status.error();
        is_any = is_any || status.ok();
    }
    return is_any;
}

// Calls systemctl once for all of them. nullopt: it succeeded.
std::optional<RestartFailure> restart_in(const std::vector<std::string>& order, const Systemd& systemd) {
    std::vector<std::string> arguments{"--no-ask-password", "restart", "--"};
    arguments.insert(arguments.end(), order.begin(), order.end());
    const auto result = run_process(systemctl_request(std::move(arguments), systemd.restart_timeout, systemd));
    if (result.ok() && result->success()) return std::nullopt;
    if (result.ok()) {
        return RestartFailure{
            {ErrorCode::failed, complaint_in(result->err), "only root may restart units: start the agent as root"},
            result->err};
    }
    if (result.error().code != ErrorCode::timeout) return RestartFailure{result.error(), {}};
    return RestartFailure{
        {ErrorCode::timeout, fmt::format("it took longer than {}", format_duration(systemd.restart_timeout)), {}}, {}};
}

}  // namespace

bool may_end(const UnitState& state) {
    return (state.type == "oneshot" && !state.remains) || !state.triggers.empty();
}

bool has_ended_well(const UnitState& state) {
    return may_end(state) && state.active == "inactive" && (state.result == "success" || is_skipped(state));
}

bool is_skipped(const UnitState& state) {
    return state.active == "inactive" && (state.condition == "no" || state.result == "exec-condition");
}

std::string display(const UnitState& state) {
    if (state.load == "not-found") return "missing";
    std::string text = state.active.empty() ? "in an unknown state" : state.active;
    if (state.sub == "auto-restart" || state.sub == "auto-restart-queued") text += ", being restarted";
    const bool plain = state.result.empty() || state.result == "success";
    if (!plain) text += fmt::format(" ({}{}{})", state.result, state.status.empty() ? "" : " ", state.status);
    return text;
}

bool is_switched_off(const UnitState& state, const Systemd& systemd) {
    const auto is_off = [](const UnitState& one) { return one.active == "inactive" && one.file == "disabled"; };
    const bool is_stopped = is_off(state) || (!state.triggers.empty() && state.active == "inactive" &&
                                              (state.file == "static" || state.file == "disabled"));
    if (!is_stopped) return false;
    const auto triggers = unit_states(state.triggers, systemd);
    return triggers.ok() && std::all_of(triggers->begin(), triggers->end(), is_off);
}

Status check_loaded(const UnitState& state) {
    if (state.load == "not-found") {
        return Error{ErrorCode::not_found, fmt::format("there is no unit {}", state.name),
                     "check service in the gupfile, and that the unit is installed (then systemctl daemon-reload); "
                     "for a unit of systemctl --user, write a post-update hook"};
    }
    if (state.load == "loaded") return {};
    if (state.load == "masked") {
        return Error{ErrorCode::not_found, fmt::format("the unit {} cannot be started: it is masked", state.name),
                     fmt::format("systemctl unmask {}", state.name)};
    }
    return Error{ErrorCode::not_found, fmt::format("the unit {} cannot be started: it is {}", state.name, state.load),
                 fmt::format("systemctl status {}", state.name)};
}

Status check_unit(const UnitClaim& claim, const Systemd& systemd) {
    if (in_worker()) return ask_check_unit(claim, systemd);
    GUP_TRY(const auto states, unit_states({claim.unit}, systemd));
    return check_claim(states.front(), claim, systemd);
}

std::vector<std::string> restart_order(const std::vector<UnitState>& states) {
    std::vector<const UnitState*> waiting;
    waiting.reserve(states.size());
    for (const UnitState& state : states) waiting.push_back(&state);
    std::sort(waiting.begin(), waiting.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
    const auto is_called = [](const UnitState& state, const std::string& name) {
        return state.name == name || std::find(state.names.begin(), state.names.end(), name) != state.names.end();
    };
    const auto waits_for = [&](const UnitState& one, const UnitState& other) {
        return &one != &other && std::any_of(one.after.begin(), one.after.end(),
                                             [&](const std::string& name) { return is_called(other, name); });
    };
    std::vector<std::string> order;
    while (!waiting.empty()) {
        const auto is_free = [&](const UnitState* one) {
            return std::none_of(waiting.begin(), waiting.end(),
                                [&](const UnitState* other) { return waits_for(*one, *other); });
        };
        auto next = std::find_if(waiting.begin(), waiting.end(), is_free);
        if (next == waiting.end()) next = waiting.begin();  // a circle
        order.push_back((*next)->name);
        waiting.erase(next);
    }
    return order;
}

RestartErrors restart_units(const std::vector<UnitClaim>& claims, const Systemd& systemd) {
    if (claims.empty()) return {};
    if (in_worker()) return ask_restart_units(claims, systemd);
    const auto known = unit_states(units_of(claims), systemd);
    if (!known.ok()) return RestartErrors(claims.size(), known.error());
    RestartErrors errors(claims.size());
    std::vector<UnitState> states;
    for (const UnitState& state : *known) {
        if (is_claimed(state, claims, systemd, errors)) states.push_back(state);
    }
    if (states.empty()) return errors;
    const std::vector<std::string> order = restart_order(states);
    log::info({}, fmt::format("restarting {}", fmt::join(order, ", ")));
    const auto refused = restart_in(order, systemd);
    if (!refused) return errors;
    const auto failures = restart_failures(states, *refused, systemd);
    for (std::size_t i = 0; i < claims.size(); ++i) {
        const auto failure = failures.find(claims[i].unit);
        if (!errors[i] && failure != failures.end()) errors[i] = failure->second;
    }
    return errors;
}

Status queue_restart(const std::vector<UnitClaim>& claims, const Systemd& systemd) {
    if (in_worker()) return ask_queue_restart(claims, systemd);
    const std::vector<std::string> units = units_of(claims);
    const std::string all = fmt::format("cannot restart {}", fmt::join(units, ", "));
    GUP_TRY(const auto states, unit_states(units, systemd));
    for (const UnitClaim& claim : claims) {
        const auto state =
            std::find_if(states.begin(), states.end(), [&](const UnitState& one) { return one.name == claim.unit; });
        GUP_CHECK(detail::may_claim(*state, claim, systemd));
    }
    std::vector<std::string> arguments{"--no-ask-password", "--no-block", "restart", "--"};
    arguments.insert(arguments.end(), units.begin(), units.end());
    ProcessRequest request = systemctl_request(std::move(arguments), systemd.question_timeout, systemd);
    request.on_stop = OnStop::go_on;
    const auto result = run_process(request);
    if (!result.ok()) return result.error().with_context(all);
    if (result->success()) return {};
    return Error{ErrorCode::failed, fmt::format("{}: {}", all, complaint_in(result->err)),
                 fmt::format("systemctl restart {}", fmt::join(units, " "))};
}

std::string last_words(const UnitState& unit, const UnitClaim& claim, const Systemd& systemd) {
    if (in_worker()) return ask_last_words(claim, systemd);
    return detail::may_claim(unit, claim, systemd).ok() ? words_of(unit, systemd) : std::string();
}

}  // namespace gup

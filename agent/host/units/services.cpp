// SPDX-License-Identifier: Apache-2.0
#include "host/units/services.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>

#include "core/declaration/unit_name.hpp"
#include "host/units/unit_questions.hpp"
#include "util/log/log.hpp"
#include "util/process/process.hpp"
#include "util/text.hpp"
#include "util/units.hpp"
#include "util/worker/worker.hpp"

namespace gup {
namespace {

std::vector<std::string> sorted_once(std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

Status check_names(const std::vector<std::string>& units) {
    for (const std::string& unit : units) {
        if (unit_name(unit) == unit) continue;
        return Error{ErrorCode::invalid_input, fmt::format("{} is not the name of a unit", unit),
                     "write service = \"smart-meter.service\" in the gupfile"};
    }
    return {};
}

Error no_systemd(const std::vector<std::string>& units) {
    return {ErrorCode::unsupported,
            fmt::format("{} cannot be restarted: systemd does not run this machine", fmt::join(units, ", ")),
            "remove service from the gupfile where there is no systemd"};
}

ProcessRequest request_for(std::vector<std::string> argv, Milliseconds timeout, OnStop on_stop) {
    ProcessRequest request;
    request.on_stop = on_stop;
    request.argv = std::move(argv);
    request.set_env = {{"LC_ALL", "C"}, {"SYSTEMD_COLORS", "0"}, {"SYSTEMD_PAGER", ""}};
    request.folder = "/";
    request.timeout = timeout;
    return request;
}

void set_property(UnitState& state, const std::string& key, const std::string& value) {
    const std::map<std::string, std::string UnitState::*> texts{{"Id", &UnitState::id},
                                                                {"LoadState", &UnitState::load},
                                                                {"ActiveState", &UnitState::active},
                                                                {"SubState", &UnitState::sub},
                                                                {"Result", &UnitState::result},
                                                                {"ExecMainStatus", &UnitState::status},
                                                                {"InvocationID", &UnitState::invocation},
                                                                {"Type", &UnitState::type},
                                                                {"UnitFileState", &UnitState::file},
                                                                {"User", &UnitState::user}};
    if (const auto text = texts.find(key); text != texts.end()) {
        state.*text->second = value;
    } else if (key == "DynamicUser") {
        state.has_dynamic_user = value == "yes";
    } else if (key == "RemainAfterExit") {
        state.remains = value == "yes";
    } else if (key == "ConditionResult") {
        if (state.condition.empty()) state.condition = value;
    } else if (key == "ConditionTimestampMonotonic") {
        if (value == "0") state.condition = "never checked";  // ConditionResult is "no" then, too
    } else if (key == "TriggeredBy") {
        for (const std::string_view name : words_in(value)) state.triggers.emplace_back(name);
    } else if (key == "NRestarts") {
        (void)std::from_chars(value.data(), value.data() + value.size(), state.restarts);
    } else if (key == "Names") {
        for (const std::string_view name : words_in(value)) state.names.emplace_back(name);
    } else if (key == "After" || key == "Requires" || key == "BindsTo") {
        for (const std::string_view name : words_in(value)) state.after.emplace_back(name);
    }
}

// The answer has a block of `key=value` lines for each unit, in their order, with an empty line between two.
std::vector<UnitState> parse_states(const std::string& answer, const std::vector<std::string>& units) {
    std::vector<UnitState> states;
    std::istringstream lines(answer);
    bool in_block = false;
    for (std::string line; std::getline(lines, line);) {
        const auto equals = line.find('=');
        if (equals == std::string::npos) {
            in_block = false;
            continue;
        }
        if (!in_block) states.emplace_back();
        in_block = true;
        set_property(states.back(), line.substr(0, equals), line.substr(equals + 1));
    }
    for (std::size_t i = 0; i < std::min(states.size(), units.size()); ++i) states[i].name = units[i];
    return states;
}

bool is_up(const UnitState& state) {
    return state.active == "active" || state.active == "reloading" || state.active == "activating";
}

// systemctl's last lines, without its advice.
std::string complaint_in(std::string_view text) {
    std::string_view line = last_line(text);
    if (line.starts_with("See ")) line = last_line(text.substr(0, text.rfind(line)));
    return std::string(line);
}

std::vector<std::string> units_of(const std::vector<UnitClaim>& claims) {
    std::vector<std::string> units;
    units.reserve(claims.size());
    for (const UnitClaim& claim : claims) units.push_back(claim.unit);
    return sorted_once(std::move(units));
}

std::string words_of(const UnitState& unit, const Systemd& systemd) {
    ProcessRequest request = request_for({systemd.journalctl, "--quiet", "--no-pager", "--output=cat", "--lines=5",
                                          "--boot", "_SYSTEMD_UNIT=" + unit.real_name()},
                                         Milliseconds{10'000}, systemd.on_stop);
    request.output_limit = 4U << 10U;
    const auto result = run_process(request);
    return result.ok() && result->success() ? std::string(last_line(result->out)) : std::string();
}

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
                 fmt::format("journalctl -u {}", after.name)};
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
    return may_restart(state, claim, systemd.policy);
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
    std::vector<std::string> argv{systemd.systemctl, "--no-ask-password", "restart", "--"};
    argv.insert(argv.end(), order.begin(), order.end());
    const auto result = run_process(request_for(std::move(argv), systemd.restart_timeout, systemd.on_stop));
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

Result<std::vector<UnitState>> unit_states(const std::vector<std::string>& units, const Systemd& systemd) {
    if (units.empty()) return std::vector<UnitState>{};
    if (in_worker()) return ask_unit_states(units, systemd);
    GUP_CHECK(check_names(units));
    std::vector<std::string> argv{systemd.systemctl, "show", "--no-pager"};
    argv.emplace_back(
        "--property=Id,Names,LoadState,ActiveState,SubState,Result,ExecMainStatus,NRestarts,InvocationID,User,"
        "DynamicUser,After,Requires,BindsTo,Type,RemainAfterExit,ConditionResult,"
        "ConditionTimestampMonotonic,UnitFileState,TriggeredBy");
    argv.emplace_back("--");
    argv.insert(argv.end(), units.begin(), units.end());
    const auto answer = run_process(request_for(std::move(argv), systemd.question_timeout, systemd.on_stop));
    if (!answer.ok()) return answer.error().code == ErrorCode::not_found ? no_systemd(units) : answer.error();
    const ProcessResult& result = *answer;
    std::vector<UnitState> states = parse_states(result.out, units);
    if (result.success() && states.size() == units.size()) return states;
    if (result.err.find("not been booted with systemd") != std::string::npos) return no_systemd(units);
    const std::string_view words = last_line(result.err);
    return Error{ErrorCode::failed,
                 fmt::format("systemctl show {} ended with exit code {}{}{}", fmt::join(units, " "), result.exit_code,
                             words.empty() ? "" : ": ", words),
                 {}};
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
        GUP_CHECK(may_restart(*state, claim, systemd.policy));
    }
    std::vector<std::string> argv{systemd.systemctl, "--no-ask-password", "--no-block", "restart", "--"};
    argv.insert(argv.end(), units.begin(), units.end());
    const auto result = run_process(request_for(std::move(argv), systemd.question_timeout, OnStop::go_on));
    if (!result.ok()) return result.error().with_context(all);
    if (result->success()) return {};
    return Error{ErrorCode::failed, fmt::format("{}: {}", all, complaint_in(result->err)),
                 fmt::format("systemctl restart {}", fmt::join(units, " "))};
}

std::string last_words(const UnitState& unit, const UnitClaim& claim, const Systemd& systemd) {
    if (in_worker()) return ask_last_words(claim, systemd);
    return may_restart(unit, claim, systemd.policy).ok() ? words_of(unit, systemd) : std::string();
}

}  // namespace gup

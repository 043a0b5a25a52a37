// SPDX-License-Identifier: Apache-2.0
#include "host/units/unit_questions.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "util/worker/channel.hpp"
#include "util/worker/worker.hpp"

namespace gup {
namespace {

using nlohmann::json;

// A time limit that a question names is never longer than this.
constexpr std::int64_t longest_limit_ms = 3'600'000;

Result<json> ask_units(const char* act, json with, const Systemd& systemd) {
    with["act"] = act;
    with["go_on"] = systemd.on_stop == OnStop::go_on;
    with["of_user"] = systemd.user.has_value();
    return ask_agent("units", std::move(with));
}

Result<json> ask_about(const char* act, const std::vector<UnitClaim>& claims, const Systemd& systemd,
                       Milliseconds limit = Milliseconds{0}) {
    json values = json::array();
    for (const UnitClaim& claim : claims) values.push_back({{"unit", claim.unit}, {"connector", claim.connector}});
    return ask_units(act, {{"claims", std::move(values)}, {"limit", limit.count()}}, systemd);
}

RestartErrors errors_from(const Result<json>& answer, std::size_t count) {
    if (!answer.ok()) return RestartErrors(count, answer.error());
    RestartErrors errors(count);
    for (std::size_t i = 0; i < std::min(count, answer->size()); ++i) {
        if (!(*answer)[i].is_null()) errors[i] = error_from((*answer)[i]);
    }
    return errors;
}

json errors_json(const RestartErrors& values) {
    json errors = json::array();
    for (const auto& error : values) errors.push_back(error ? error_json(*error) : json());
    return errors;
}

Status ask_status(const char* act, const std::vector<UnitClaim>& claims, const Systemd& systemd) {
    const auto answer = ask_about(act, claims, systemd);
    return answer.ok() ? Status{} : Status{answer.error()};
}

std::vector<std::pair<const char*, std::string UnitState::*>> texts_of_state() {
    return {{"name", &UnitState::name},
            {"id", &UnitState::id},
            {"load", &UnitState::load},
            {"active", &UnitState::active},
            {"sub", &UnitState::sub},
            {"result", &UnitState::result},
            {"status", &UnitState::status},
            {"invocation", &UnitState::invocation},
            {"user", &UnitState::user},
            {"type", &UnitState::type},
            {"source", &UnitState::source},
            {"file", &UnitState::file},
            {"condition", &UnitState::condition}};
}

json state_json(const UnitState& state) {
    json value{{"has_dynamic_user", state.has_dynamic_user},
               {"remains", state.remains},
               {"is_wanted", state.is_wanted},
               {"triggers", state.triggers},
               {"restarts", state.restarts},
               {"active_since", state.active_since},
               {"names", state.names},
               {"after", state.after},
               {"dependents", state.dependents}};
    for (const auto& [name, member] : texts_of_state()) value[name] = state.*member;
    return value;
}

UnitState state_from(const json& value) {
    UnitState state;
    for (const auto& [name, member] : texts_of_state()) state.*member = text_member(value, name);
    state.has_dynamic_user = flag_member(value, "has_dynamic_user");
    state.remains = flag_member(value, "remains");
    state.is_wanted = flag_member(value, "is_wanted");
    state.triggers = text_members(value, "triggers");
    state.restarts = static_cast<std::uint64_t>(number_member(value, "restarts"));
    state.active_since = static_cast<std::uint64_t>(number_member(value, "active_since"));
    state.names = text_members(value, "names");
    state.after = text_members(value, "after");
    state.dependents = text_members(value, "dependents");
    return state;
}

Result<std::vector<UnitClaim>> claims_in(const json& question, const UnitRights& rights) {
    std::vector<UnitClaim> claims;
    const auto& known = rights.connectors;
    for (const json& one : array_member(question, "claims")) {
        UnitClaim claim{text_member(one, "unit"), text_member(one, "connector"), rights.owner};
        if (std::find(known.begin(), known.end(), claim.connector) == known.end()) {
            return Error{ErrorCode::permission, claim.connector + " is another worker's connector", {}};
        }
        claims.push_back(std::move(claim));
    }
    return claims;
}

Result<json> as_json(const Status& status) {
    if (!status.ok()) return status.error();
    return json();
}

Result<json> states_json(const std::vector<std::string>& units, const Systemd& systemd) {
    GUP_TRY(const auto states, unit_states(units, systemd));
    json answer = json::array();
    for (const UnitState& state : states) answer.push_back(state_json(state));
    return answer;
}

Result<json> words_json(const UnitClaim& claim, const Systemd& systemd) {
    GUP_TRY(const auto states, unit_states({claim.unit}, systemd));
    return json{{"words", last_words(states.front(), claim, systemd)}};
}

}  // namespace

Result<std::vector<UnitState>> ask_unit_states(const std::vector<std::string>& units, const Systemd& systemd) {
    GUP_TRY(const json answer, ask_units("states", {{"units", units}}, systemd));
    std::vector<UnitState> states;
    for (const json& one : answer) states.push_back(state_from(one));
    return states;
}

Status ask_check_unit(const UnitClaim& claim, const Systemd& systemd) {
    return ask_status("check", {claim}, systemd);
}

RestartErrors ask_restart_units(const std::vector<UnitClaim>& claims, const Systemd& systemd) {
    return errors_from(ask_about("restart", claims, systemd), claims.size());
}

Status ask_queue_restart(const std::vector<UnitClaim>& claims, const Systemd& systemd) {
    return ask_status("queue", claims, systemd);
}

std::string ask_last_words(const UnitClaim& claim, const Systemd& systemd) {
    const auto answer = ask_about("words", {claim}, systemd);
    return answer.ok() ? text_member(*answer, "words") : std::string();
}

Status ask_reload_units(const Systemd& systemd) {
    const auto answer = ask_units("reload", {}, systemd);
    return answer.ok() ? Status{} : Status{answer.error()};
}

Status ask_stop_units(const std::vector<UnitClaim>& claims, const Systemd& systemd) {
    return ask_status("stop", claims, systemd);
}

RestartErrors ask_restart_within(const std::vector<UnitClaim>& claims, Milliseconds limit, const Systemd& systemd) {
    return errors_from(ask_about("restart_within", claims, systemd, limit), claims.size());
}

RestartErrors ask_bring_back(const std::vector<UnitClaim>& claims, Milliseconds limit, const Systemd& systemd) {
    return errors_from(ask_about("bring_back", claims, systemd, limit), claims.size());
}

Result<json> answer_unit_question(UnitRights rights, const json& question) {
    Systemd& systemd = rights.systemd;
    systemd.on_stop = flag_member(question, "go_on") ? OnStop::go_on : OnStop::end;
    if (flag_member(question, "of_user")) systemd.user = rights.owner;
    const std::string act = text_member(question, "act");
    if (act == "states") return states_json(text_members(question, "units"), systemd);
    if (act == "reload") return as_json(reload_units(systemd));
    GUP_TRY(const auto claims, claims_in(question, rights));
    if (claims.empty()) return Error{ErrorCode::invalid_input, "a question about no unit", {}};
    const Milliseconds limit{std::clamp<std::int64_t>(number_member(question, "limit"), 0, longest_limit_ms)};
    if (act == "check") return as_json(check_unit(claims.front(), systemd));
    if (act == "queue") return as_json(queue_restart(claims, systemd));
    if (act == "stop") return as_json(stop_units(claims, systemd));
    if (act == "words") return words_json(claims.front(), systemd);
    if (act == "restart") return errors_json(restart_units(claims, systemd));
    if (act == "restart_within") return errors_json(restart_within(claims, limit, systemd));
    if (act == "bring_back") return errors_json(bring_back(claims, limit, systemd));
    return Error{ErrorCode::unsupported, "the agent does not know this question: " + act, {}};
}

}  // namespace gup

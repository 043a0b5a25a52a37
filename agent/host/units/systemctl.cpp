// SPDX-License-Identifier: Apache-2.0
#include "host/units/systemctl.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>
#include <utility>

#include "core/declaration/unit_name.hpp"
#include "host/child_environment.hpp"
#include "host/units/unit_questions.hpp"
#include "util/process/process.hpp"
#include "util/text.hpp"
#include "util/worker/worker.hpp"

namespace gup {
namespace {

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
                                                                {"User", &UnitState::user},
                                                                {"SourcePath", &UnitState::source}};
    if (const auto text = texts.find(key); text != texts.end()) {
        state.*text->second = value;
    } else if (key == "DynamicUser") {
        state.has_dynamic_user = value == "yes";
    } else if (key == "RemainAfterExit") {
        state.remains = value == "yes";
    } else if (key == "WantedBy") {
        state.is_wanted = !value.empty();
    } else if (key == "ConditionResult") {
        if (state.condition.empty()) state.condition = value;
    } else if (key == "ConditionTimestampMonotonic") {
        if (value == "0") state.condition = "never checked";  // ConditionResult is "no" then, too
    } else if (key == "TriggeredBy") {
        for (const std::string_view name : words_in(value)) state.triggers.emplace_back(name);
    } else if (key == "NRestarts") {
        (void)std::from_chars(value.data(), value.data() + value.size(), state.restarts);
    } else if (key == "ActiveEnterTimestampMonotonic") {
        (void)std::from_chars(value.data(), value.data() + value.size(), state.active_since);
    } else if (key == "Names") {
        for (const std::string_view name : words_in(value)) state.names.emplace_back(name);
    } else if (key == "After" || key == "Requires" || key == "BindsTo") {
        for (const std::string_view name : words_in(value)) state.after.emplace_back(name);
    } else if (key == "RequiredBy" || key == "BoundBy" || key == "ConsistsOf") {
        for (const std::string_view name : words_in(value)) state.dependents.emplace_back(name);
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

}  // namespace

namespace detail {

std::vector<std::string> sorted_once(std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

ProcessRequest systemctl_request(std::vector<std::string> arguments, Milliseconds timeout, const Systemd& systemd) {
    ProcessRequest request;
    request.argv = {systemd.systemctl};
    if (systemd.user) request.argv.emplace_back("--user");
    request.argv.insert(request.argv.end(), arguments.begin(), arguments.end());
    request.on_stop = systemd.on_stop;
    request.set_env = {{"LC_ALL", "C"}, {"SYSTEMD_COLORS", "0"}, {"SYSTEMD_PAGER", ""}};
    request.folder = "/";
    request.timeout = timeout;
    if (systemd.user) set_session(request, *systemd.user);
    return request;
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

std::string journal_hint(const std::string& unit, const Systemd& systemd) {
    if (!systemd.user) return fmt::format("journalctl -u {}", unit);
    return fmt::format("journalctl _SYSTEMD_USER_UNIT={} _UID={}", unit, systemd.user->uid);
}

UnitNames units_of(const std::vector<UnitClaim>& claims) {
    std::vector<std::string> units;
    units.reserve(claims.size());
    for (const UnitClaim& claim : claims) units.push_back(claim.unit);
    return sorted_once(std::move(units));
}

std::string words_of(const UnitState& unit, const Systemd& systemd) {
    ProcessRequest request;
    request.argv = {systemd.journalctl, "--quiet", "--no-pager", "--output=cat", "--lines=5", "--boot"};
    if (systemd.user) {
        request.argv.push_back("_SYSTEMD_USER_UNIT=" + unit.real_name());
        request.argv.push_back(fmt::format("_UID={}", systemd.user->uid));
    } else {
        request.argv.push_back("_SYSTEMD_UNIT=" + unit.real_name());
    }
    request.on_stop = systemd.on_stop;
    request.folder = "/";
    request.timeout = Milliseconds{10'000};
    request.output_limit = 4U << 10U;
    const auto result = run_process(request);
    return result.ok() && result->success() ? std::string(last_line(result->out)) : std::string();
}

Status may_claim(const UnitState& unit, const UnitClaim& claim, const Systemd& systemd) {
    return systemd.user ? Status{} : may_restart(unit, claim, systemd.policy);
}

}  // namespace detail

Result<std::vector<UnitState>> unit_states(const std::vector<std::string>& units, const Systemd& systemd) {
    if (units.empty()) return std::vector<UnitState>{};
    if (in_worker()) return ask_unit_states(units, systemd);
    GUP_CHECK(check_names(units));
    std::vector<std::string> arguments{"show", "--no-pager"};
    arguments.emplace_back(
        "--property=Id,Names,LoadState,ActiveState,SubState,Result,ExecMainStatus,NRestarts,InvocationID,User,"
        "DynamicUser,After,Requires,BindsTo,Type,RemainAfterExit,ConditionResult,"
        "ConditionTimestampMonotonic,UnitFileState,TriggeredBy,"
        "SourcePath,RequiredBy,BoundBy,ConsistsOf,WantedBy,ActiveEnterTimestampMonotonic");
    arguments.emplace_back("--");
    arguments.insert(arguments.end(), units.begin(), units.end());
    const auto answer = run_process(detail::systemctl_request(std::move(arguments), systemd.question_timeout, systemd));
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

}  // namespace gup

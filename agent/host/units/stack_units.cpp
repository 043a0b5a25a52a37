// SPDX-License-Identifier: Apache-2.0
#include "host/units/stack_units.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include "host/units/systemctl.hpp"
#include "host/units/unit_questions.hpp"
#include "util/clock.hpp"
#include "util/log/log.hpp"
#include "util/sys/signals.hpp"
#include "util/units.hpp"
#include "util/worker/worker.hpp"

namespace gup {
namespace {

using detail::is_up;
using detail::systemctl_request;

bool is_known(const UnitState& state) {
    return state.load != "not-found" && state.load != "error" && state.load != "bad-setting";
}

// Which dependents are followed.
enum class Runs : std::uint8_t { whatever, now, fallen };

// A start that failed for a dependency leaves a unit inactive, not failed.
bool is_fallen(const UnitState& state) {
    return !is_up(state) && !may_end(state) && (state.active == "failed" || state.is_wanted);
}

bool is_followed(const UnitState& state, Runs runs) {
    if (runs == Runs::whatever) return true;
    return is_up(state) || (runs == Runs::fallen && is_fallen(state));
}

// The dependents of `units` and theirs, without `units`, sorted.
Result<UnitNames> dependents_of(const UnitNames& units, Runs runs, const Systemd& systemd) {
    std::set<std::string> seen(units.begin(), units.end());
    UnitNames found;
    UnitNames next = detail::sorted_once(units);
    bool is_first = true;
    while (!next.empty()) {
        GUP_TRY(const auto states, unit_states(next, systemd));
        next.clear();
        for (const UnitState& state : states) {
            if (!is_first && !is_followed(state, runs)) continue;
            if (!is_first && (runs != Runs::fallen || !is_up(state))) found.push_back(state.name);
            for (const std::string& name : state.dependents) {
                if (seen.insert(name).second) next.push_back(name);
            }
        }
        is_first = false;
    }
    return detail::sorted_once(std::move(found));
}

// A call of systemctl about all units. A unit that is missing makes systemctl refuse all others, so it is left out before.
Result<ProcessResult> call_for(const char* verb, const UnitNames& units, Milliseconds limit, const Systemd& systemd) {
    std::vector<std::string> arguments{"--no-ask-password", verb, "--"};
    arguments.insert(arguments.end(), units.begin(), units.end());
    return run_process(systemctl_request(std::move(arguments), limit, systemd));
}

Error not_started(const UnitState& state, const Systemd& systemd) {
    const std::string words = detail::words_of(state, systemd);
    return {
        ErrorCode::failed,
        fmt::format("cannot start {0}: {0} is {1}{2}{3}", state.name, display(state), words.empty() ? "" : ": ", words),
        detail::journal_hint(state.name, systemd)};
}

Error not_up_within(const UnitState& state, Milliseconds limit, const Systemd& systemd) {
    const std::string words = detail::words_of(state, systemd);
    return {ErrorCode::timeout,
            fmt::format("{} was not up within {}{}{}", state.name, format_duration(limit), words.empty() ? "" : ": ",
                        words),
            detail::journal_hint(state.name, systemd)};
}

// The first error wins.
void set_error(RestartErrors& errors, const std::vector<UnitClaim>& claims, const std::string& unit,
               const Error& error) {
    for (std::size_t i = 0; i < claims.size(); ++i) {
        if (claims[i].unit == unit && !errors[i]) errors[i] = error;
    }
}

// A unit that waited in vain for another one gets the error of that one: a person has to look there.
void name_causes(RestartErrors& errors, const std::vector<UnitClaim>& claims, const std::vector<UnitState>& states) {
    const auto error_of = [&](const std::string& unit) -> std::optional<Error> {
        const auto claim = std::ranges::find(claims, unit, &UnitClaim::unit);
        return claim == claims.end() ? std::nullopt : errors[static_cast<std::size_t>(claim - claims.begin())];
    };
    std::vector<std::pair<const UnitState*, Error>> causes;
    for (const UnitState& state : states) {
        const auto error = error_of(state.name);
        if (error && state.active != "inactive") causes.emplace_back(&state, *error);
    }
    std::set<std::string> seen;
    while (!causes.empty()) {
        const auto [cause, error] = std::move(causes.back());
        causes.pop_back();
        for (const std::string& unit : cause->dependents) {
            const auto state = std::ranges::find(states, unit, &UnitState::name);
            if (state == states.end() || state->active != "inactive" || !error_of(unit) || !seen.insert(unit).second)
                continue;
            for (std::size_t i = 0; i < claims.size(); ++i) {
                if (claims[i].unit == unit) errors[i] = error.with_context("cannot start " + unit);
            }
            causes.emplace_back(&*state, error);
        }
    }
}

// systemd refuses to start a unit that it started too often in a short time (StartLimitBurst=), also with other content.
void forget_failures(const UnitNames& units, const Systemd& systemd) {
    (void)call_for("reset-failed", units, systemd.question_timeout, systemd).ok();
}

// True for the states of all claims, each allowed; the others get their errors.
Result<std::vector<UnitState>> allowed_states(const std::vector<UnitClaim>& claims, RestartErrors& errors,
                                              const Systemd& systemd) {
    GUP_TRY(const auto states, unit_states(detail::units_of(claims), systemd));
    UnitNames own;
    for (std::size_t i = 0; i < claims.size(); ++i) {
        const auto state = std::find_if(states.begin(), states.end(),
                                        [&](const UnitState& one) { return one.name == claims[i].unit; });
        const Status status = detail::may_claim(*state, claims[i], systemd);
        if (status.ok()) own.push_back(claims[i].unit);
        if (!status.ok()) errors[i] = status.error();
    }
    // systemd stopped these because of the connector's own units.
    GUP_TRY(const auto dependents, dependents_of(own, Runs::whatever, systemd));
    std::vector<UnitState> allowed;
    for (const UnitState& state : states) {
        const bool is_dependent = std::binary_search(dependents.begin(), dependents.end(), state.name);
        const bool is_own = std::find(own.begin(), own.end(), state.name) != own.end();
        if (!is_own && !is_dependent) continue;
        for (std::size_t i = 0; i < claims.size(); ++i) {
            if (claims[i].unit == state.name) errors[i] = std::nullopt;
        }
        const Status loaded = check_loaded(state);
        if (loaded.ok())
            allowed.push_back(state);
        else
            set_error(errors, claims, state.name, loaded.error());
    }
    return allowed;
}

}  // namespace

UnitPlaces unit_places(const std::optional<Owner>& user, const fs::path& system) {
    if (!user || user->uid == 0) {
        return {.quadlet = system / "etc/containers/systemd",
                .staging = system / "etc/containers",
                .units = system / "etc/systemd/system",
                .boot_target = "multi-user.target"};
    }
    const fs::path settings = user->home / ".config";
    return {.quadlet = settings / "containers/systemd",
            .staging = settings / "containers",
            .units = settings / "systemd/user",
            .boot_target = "default.target"};
}

fs::path boot_link(const UnitPlaces& places, const std::string& unit) {
    return places.units / (places.boot_target + ".wants") / unit;
}

Status check_user_manager(const Owner& user, const fs::path& system) {
    const std::string name = user.name.empty() ? std::to_string(user.uid) : user.name;
    if (!is_there(system / "var/lib/systemd/linger" / name)) {
        return Error{ErrorCode::unsupported,
                     fmt::format("the units of {} do not run without a session of {}", name, name),
                     fmt::format("loginctl enable-linger {}", name)};
    }
    if (is_there(system / fmt::format("run/user/{}/systemd/private", user.uid))) return {};
    return Error{
        ErrorCode::unsupported, fmt::format("the manager of {}'s units does not run", name),
        fmt::format("systemctl start user@{}.service; podman of a user needs dbus-user-session and libpam-systemd",
                    user.uid)};
}

Status reload_units(const Systemd& systemd) {
    if (in_worker()) return ask_reload_units(systemd);
    const auto result =
        run_process(systemctl_request({"--no-ask-password", "daemon-reload"}, systemd.restart_timeout, systemd));
    if (!result.ok()) return result.error().with_context("cannot reload the units");
    if (result->success()) return {};
    return Error{ErrorCode::failed, fmt::format("cannot reload the units: {}", detail::complaint_in(result->err)), {}};
}

Status check_units_from(const fs::path& folder, const UnitNames& units, const Systemd& systemd) {
    GUP_TRY(const auto states, unit_states(units, systemd));
    std::vector<std::string> wrong;
    for (const UnitState& state : states) {
        if (state.load != "loaded") {
            wrong.push_back(fmt::format("{} is {}", state.name, state.load == "not-found" ? "missing" : state.load));
        } else if (!is_below(state.source, folder)) {
            wrong.push_back(
                fmt::format("{} comes from {}", state.name, state.source.empty() ? "another unit file" : state.source));
        }
    }
    if (wrong.empty()) return {};
    return Error{
        ErrorCode::not_found,
        fmt::format("systemd did not load all units of {}: {}", folder.native(), fmt::join(wrong, ", ")),
        systemd.user ? "journalctl --user -t quadlet-generator says why" : "journalctl -t quadlet-generator says why"};
}

Result<UnitNames> active_dependents(const UnitNames& units, const Systemd& systemd) {
    return dependents_of(units, Runs::now, systemd);
}

Result<UnitNames> active_units(const UnitNames& units, const Systemd& systemd) {
    GUP_TRY(const auto states, unit_states(detail::sorted_once(units), systemd));
    UnitNames active;
    for (const UnitState& state : states) {
        if (is_up(state)) active.push_back(state.name);
    }
    return active;
}

Result<UnitNames> fallen_dependents(const UnitNames& units, const Systemd& systemd) {
    GUP_TRY(UnitNames fallen, dependents_of(units, Runs::fallen, systemd));
    // The agent restarts no targets; a target comes up with its units.
    std::erase_if(fallen, [](const std::string& unit) { return unit.ends_with(".target"); });
    return fallen;
}

Result<UnitNames> running_orphans(const fs::path& folder, const Systemd& systemd) {
    const auto result =
        run_process(systemctl_request({"show", "--no-pager", "--property=Id,ActiveState,SourcePath", "--", "*.service"},
                                      systemd.question_timeout, systemd));
    if (!result.ok()) return result.error().with_context("cannot list the units");
    if (!result->success()) {
        return Error{
            ErrorCode::failed, fmt::format("cannot list the units: {}", detail::complaint_in(result->err)), {}};
    }
    UnitNames orphans;
    std::map<std::string, std::string> values;
    const auto take = [&] {
        const fs::path source = values["SourcePath"];
        const bool is_ours = !source.empty() && is_below(source, folder) && !is_there(source);
        if (is_ours && (values["ActiveState"] == "active" || values["ActiveState"] == "activating")) {
            orphans.push_back(values["Id"]);
        }
        values.clear();
    };
    std::istringstream lines(result->out);
    for (std::string line; std::getline(lines, line);) {
        const auto equals = line.find('=');
        if (equals == std::string::npos) {
            take();
        } else {
            values[line.substr(0, equals)] = line.substr(equals + 1);
        }
    }
    take();
    return detail::sorted_once(std::move(orphans));
}

RestartErrors restart_within(const std::vector<UnitClaim>& claims, Milliseconds limit, const Systemd& systemd,
                             Looping looping) {
    if (claims.empty()) return {};
    if (in_worker()) return ask_restart_within(claims, limit, systemd);
    Systemd bounded = systemd;
    bounded.restart_timeout = limit;
    forget_failures(detail::units_of(claims), systemd);
    RestartErrors errors = restart_units(claims, bounded);
    const auto states = unit_states(detail::units_of(claims), systemd);
    if (!states.ok()) return errors;
    std::vector<UnitClaim> looped;
    for (const UnitState& state : *states) {
        if (state.active != "activating") continue;
        set_error(errors, claims, state.name, not_up_within(state, limit, systemd));
        for (const UnitClaim& claim : claims) {
            if (claim.unit == state.name) looped.push_back(claim);
        }
    }
    name_causes(errors, claims, *states);
    if (looped.empty() || looping == Looping::left) return errors;
    if (const auto stopped = stop_units(looped, systemd); !stopped.ok()) log::warning({}, stopped.error().message);
    return errors;
}

std::vector<std::pair<std::string, Error>> find_unsteady(const UnitNames& units, Milliseconds watch,
                                                         const Systemd& systemd) {
    constexpr Milliseconds between{250};
    std::map<std::string, Error> found;
    std::map<std::string, UnitState> first;
    const auto look = [&] {
        const auto states = unit_states(units, systemd);
        if (!states.ok()) return;
        for (const UnitState& state : *states) {
            const UnitState& before = first.try_emplace(state.name, state).first->second;
            const bool is_same = before.invocation == state.invocation && before.restarts == state.restarts;
            const bool is_fine = has_ended_well(state) || is_skipped(state) || (may_end(state) && is_up(state)) ||
                                 (state.active == "active" && is_same);
            if (is_fine || found.contains(state.name)) continue;
            const std::string words = detail::words_of(state, systemd);
            found[state.name] = {ErrorCode::failed,
                                 fmt::format("{} does not stay up: it is {}{}{}", state.name, display(state),
                                             words.empty() ? "" : ": ", words),
                                 detail::journal_hint(state.name, systemd)};
        }
    };
    if (units.empty()) return {};
    const Milliseconds end = system_clock().monotonic() + watch;
    look();
    while (system_clock().monotonic() < end && sleep_unless_stopped(between)) look();
    return {found.begin(), found.end()};
}

RestartErrors bring_back(const std::vector<UnitClaim>& claims, Milliseconds limit, const Systemd& systemd) {
    if (claims.empty()) return {};
    if (in_worker()) return ask_bring_back(claims, limit, systemd);
    RestartErrors errors(claims.size());
    const auto allowed = allowed_states(claims, errors, systemd);
    if (!allowed.ok()) return RestartErrors(claims.size(), allowed.error());
    std::vector<UnitState> down;
    for (const UnitState& state : *allowed) {
        if (!is_up(state)) down.push_back(state);
    }
    if (down.empty()) return errors;
    const UnitNames order = restart_order(down);
    log::info({}, fmt::format("starting {}", fmt::join(order, ", ")));
    forget_failures(order, systemd);
    const auto result = call_for("start", order, limit, systemd);
    if (result.ok() && result->success()) return errors;
    const auto after = unit_states(order, systemd);
    if (!after.ok()) return RestartErrors(claims.size(), after.error());
    for (const UnitState& state : *after) {
        if (state.active == "active" || has_ended_well(state) || is_skipped(state)) continue;
        set_error(errors, claims, state.name, not_started(state, systemd));
    }
    return errors;
}

Status stop_units(const std::vector<UnitClaim>& claims, const Systemd& systemd) {
    if (claims.empty()) return {};
    if (in_worker()) return ask_stop_units(claims, systemd);
    GUP_TRY(const auto states, unit_states(detail::units_of(claims), systemd));
    UnitNames units;
    for (const UnitState& state : states) {
        if (!is_known(state) && !is_up(state)) continue;
        for (const UnitClaim& claim : claims) {
            if (claim.unit == state.name) GUP_CHECK(detail::may_claim(state, claim, systemd));
        }
        units.push_back(state.name);
    }
    if (units.empty()) return {};
    const std::string act = fmt::format("cannot stop {}", fmt::join(units, ", "));
    const auto result = call_for("stop", units, systemd.restart_timeout, systemd);
    if (!result.ok()) return result.error().with_context(act);
    if (result->success()) return {};
    return Error{ErrorCode::failed, fmt::format("{}: {}", act, detail::complaint_in(result->err)), {}};
}

}  // namespace gup

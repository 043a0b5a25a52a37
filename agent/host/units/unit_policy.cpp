// SPDX-License-Identifier: Apache-2.0
#include "host/units/unit_policy.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>

#include "core/stack/stack_record.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

bool has_name(const UnitNames& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// The operator may list an alias.
bool is_listed(const UnitNames& listed, const UnitState& unit) {
    return has_name(listed, unit.real_name()) ||
           std::any_of(unit.names.begin(), unit.names.end(),
                       [&](const std::string& name) { return has_name(listed, name); });
}

// systemd makes up the user of DynamicUser=, so its name proves nothing.
bool runs_as(const UnitState& unit, const Owner& owner) {
    if (unit.has_dynamic_user || unit.user.empty()) return false;
    if (const auto number = number_in<unsigned>(unit.user)) return *number == owner.uid;
    const auto user = find_owner(unit.user);
    return user.ok() && user->uid == owner.uid;
}

std::string text_of(const Owner& owner) {
    return owner.name.empty() ? fmt::format("uid {}", owner.uid) : owner.name;
}

std::string display_name(const UnitState& unit) {
    return unit.real_name() == unit.name ? unit.name : fmt::format("{} ({})", unit.name, unit.real_name());
}

std::string why_not(const UnitState& unit, const Owner& owner) {
    if (!unit.real_name().ends_with(".service")) return "it is not a service";
    const std::string other = fmt::format("not as the connector's owner {}", text_of(owner));
    if (unit.has_dynamic_user) return "it runs as a dynamic user (DynamicUser=), " + other;
    return fmt::format("it runs as {}, {}", unit.user.empty() ? "root" : unit.user, other);
}

// A TOML string. Names of units may contain a backslash, but no quote.
std::string toml_string(const std::string& text) {
    std::string escaped;
    for (const char letter : text) {
        if (letter == '"' || letter == '\\') escaped += '\\';
        escaped += letter;
    }
    return fmt::format("\"{}\"", escaped);
}

std::string how_to_allow(const UnitState& unit, const UnitClaim& claim, const UnitPolicy& policy) {
    const auto table = policy.allowed_for.find(claim.connector);
    UnitNames units = table == policy.allowed_for.end() ? UnitNames{} : table->second;
    units.push_back(unit.real_name());
    for (std::string& one : units) one = toml_string(one);
    const std::string line = fmt::format("services = [{}]", fmt::join(units, ", "));
    const std::string name = toml_string(claim.connector);
    if (table == policy.allowed_for.end()) {
        return fmt::format("to allow it, write [[connector]] in gup-agent.toml, and below it name = {} and {}", name,
                           line);
    }
    return fmt::format("to allow it, write {} in gup-agent.toml, below the [[connector]] with name = {}", line, name);
}

}  // namespace

bool UnitPolicy::runs_as_root() {
    return ::getuid() == 0;
}

Status may_restart(const UnitState& unit, const UnitClaim& claim, const UnitPolicy& policy) {
    const std::string act = fmt::format("{} may not restart {}", claim.connector, display_name(unit));
    if (unit.name == stack_target(claim.connector)) return {};  // of its stacks, made by the agent
    if (unit.real_name().ends_with(".target") || unit.name.ends_with(".target")) {
        return Error{ErrorCode::permission, act + ": the agent restarts no targets",
                     "name a service in the gupfile: service = \"….service\""};
    }
    if (!policy.judges_owners || claim.owner.uid == 0) return {};
    const bool is_own = unit.real_name().ends_with(".service") && runs_as(unit, claim.owner);
    const auto own = policy.allowed_for.find(claim.connector);
    const auto folder = policy.folders.find(claim.connector);
    if (is_own || is_listed(policy.allowed, unit)) return {};
    if (folder != policy.folders.end() && is_below(unit.source, folder->second)) return {};
    if (own != policy.allowed_for.end() && is_listed(own->second, unit)) return {};
    return Error{ErrorCode::permission, fmt::format("{}: {}", act, why_not(unit, claim.owner)),
                 how_to_allow(unit, claim, policy)};
}

}  // namespace gup

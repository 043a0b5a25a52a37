// SPDX-License-Identifier: Apache-2.0
#include "core/stack/stack_claims.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "core/compose/clashes.hpp"
#include "core/compose/text/short_syntax.hpp"
#include "core/quadlet/names.hpp"
#include "util/json.hpp"
#include "util/printable.hpp"

namespace gup {
namespace {

constexpr std::size_t clashes_shown = 3;

std::string shown(const compose::Place& place) {
    return fmt::format("{}:{}:{}", place.file, place.line, place.column);
}

}  // namespace

std::vector<StackClaim> claims_of(const compose::Project& project, const quadlet::Facts& facts) {
    std::vector<StackClaim> claims;
    for (const compose::Service& service : project.services) {
        claims.push_back({"unit", facts.prefix + service.name + ".service", {}, service.place});
        claims.push_back({"container", quadlet::container_name(service, facts), {}, service.place});
        if (!service.network_mode.empty() && service.network_mode != "bridge") continue;
        for (const compose::Port& port : service.ports) {
            const auto fixed = compose::parse_port_range(port.published);
            if (!fixed || fixed->first != fixed->last) continue;  // podman chooses one
            claims.push_back({"port", fmt::format("{}/{}", fixed->first, port.protocol), port.host_ip, port.place});
        }
    }
    const auto add = [&](const auto& one, const std::string& what, const std::string& name, const std::string& file) {
        if (one.is_external) return;
        const bool is_written = !one.place.file.empty() || project.services.empty();  // not the default network
        const compose::Place& place = is_written ? one.place : project.services.front().place;
        claims.push_back({"unit", quadlet::unit_of_file(file), {}, place});
        // An explicit name may be shared, which the operator allows.
        if (one.name.empty()) claims.push_back({what, name, {}, place});
    };
    for (const compose::Volume& one : project.volumes) {
        add(one, "volume", quadlet::volume_name(project, one), quadlet::volume_file(project, facts, one));
    }
    for (const compose::Network& one : project.networks) {
        add(one, "network", quadlet::network_name(project, one), quadlet::network_file(project, facts, one));
    }
    return claims;
}

void add_clashes(const StackClaim& one, const std::vector<StackClaim>& others, std::vector<Problem>& problems) {
    for (const StackClaim& other : others) {
        if (!clash(one, other, true)) continue;
        problems.push_back(
            {Severity::error, one.place.line, one.place.column,
             printable(fmt::format("the {} {} is that of {}, too", one.what, one.name, shown(other.place))),
             "only one of them can have it", one.place.file});
    }
}

nlohmann::json claims_json(const std::vector<StackClaim>& claims) {
    nlohmann::json list = nlohmann::json::array();
    for (const StackClaim& one : claims) {
        list.push_back({{"what", one.what},
                        {"name", one.name},
                        {"address", one.address},
                        {"file", one.place.file},
                        {"line", one.place.line},
                        {"column", one.place.column}});
    }
    return list;
}

std::vector<StackClaim> claims_from(const nlohmann::json& value) {
    std::vector<StackClaim> claims;
    for (const nlohmann::json& one : value) {
        const auto number = [&](const char* name) { return static_cast<int>(number_member(one, name)); };
        if (text_member(one, "what").empty()) continue;
        claims.push_back({text_member(one, "what"),
                          text_member(one, "name"),
                          text_member(one, "address"),
                          {text_member(one, "file"), number("line"), number("column")}});
    }
    return claims;
}

bool clash(const StackClaim& one, const StackClaim& other, bool is_same_user) {
    if (one.what != other.what || one.name != other.name) return false;
    return one.what == "port" ? compose::is_same_address(one.address, other.address) : is_same_user;
}

std::optional<Error> find_clash(const ClaimHolder& mine, const std::vector<ClaimHolder>& others) {
    std::vector<std::string> clashes;
    for (const StackClaim& one : mine.claims) {
        for (const ClaimHolder& other : others) {
            if (other.connector == mine.connector) continue;
            for (const StackClaim& its : other.claims) {
                if (clashes.size() >= clashes_shown || !clash(one, its, mine.user == other.user)) continue;
                clashes.push_back(printable(fmt::format("{}: {} has the {} {}, too ({})", shown(one.place),
                                                        other.connector, one.what, one.name, shown(its.place))));
            }
        }
    }
    if (clashes.empty()) return std::nullopt;
    return Error{ErrorCode::conflict, fmt::format("{}", fmt::join(clashes, "; ")),
                 "only one connector can have it: change the compose file of one of them"};
}

}  // namespace gup

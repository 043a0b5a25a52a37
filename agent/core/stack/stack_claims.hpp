// SPDX-License-Identifier: Apache-2.0
// What only one stack of a gateway can have: ports, and names of podman and systemd.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/quadlet/render.hpp"
#include "util/result.hpp"

namespace gup {

struct StackClaim {
    std::string what;     // "port", "container", "unit", "volume", "network"
    std::string name;     // "8080/tcp", "gw-web"
    std::string address;  // of a port; empty: all
    compose::Place place;
    friend bool operator==(const StackClaim&, const StackClaim&) = default;
};

[[nodiscard]] nlohmann::json claims_json(const std::vector<StackClaim>& claims);
[[nodiscard]] std::vector<StackClaim> claims_from(const nlohmann::json& value);

// True when both cannot be there, of containers of the same user or of others: ports are the machine's.
[[nodiscard]] bool clash(const StackClaim& one, const StackClaim& other, bool is_same_user);

// Of the prefix in `facts`.
[[nodiscard]] std::vector<StackClaim> claims_of(const compose::Project& project, const quadlet::Facts& facts);

// Adds an error for `one` when one of `others`, of the same connector, has it.
void add_clashes(const StackClaim& one, const std::vector<StackClaim>& others, std::vector<Problem>& problems);

struct ClaimHolder {
    std::string connector;
    std::string user;  // whose containers they are; empty: root's
    std::vector<StackClaim> claims;
};
// Names both connectors and files; nullopt: no clash.
[[nodiscard]] std::optional<Error> find_clash(const ClaimHolder& mine, const std::vector<ClaimHolder>& others);

}  // namespace gup

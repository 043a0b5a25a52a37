// SPDX-License-Identifier: Apache-2.0
// The connectors as they are on disk, for people: generations, service, source. Read by a worker as each owner; no remote is
// asked, and nothing is changed.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "connector/scan.hpp"
#include "connector/settings.hpp"
#include "core/generation.hpp"
#include "status/status_document.hpp"
#include "util/clock.hpp"
#include "util/result.hpp"

namespace gup {

struct KnownGeneration {
    Generation generation;
    bool is_running = false;
    bool is_quarantined = false;
};

// Without secrets: a member of `generations` (docs/json.md), and what a worker tells the agent.
[[nodiscard]] nlohmann::json generation_json(const KnownGeneration& known);

// A person waits for the answer.
inline constexpr Milliseconds systemd_patience{3000};

// A unit of a stack, as systemd knows it now.
struct StackUnitDetails {
    std::string stack;
    std::string unit;
    std::string image;   // as the compose file names it; empty for networks and volumes
    std::string digest;  // "sha256:…", or empty
    std::string state;   // "active (running)", "failed (exit-code)"; empty: systemd does not answer
    bool is_up = false;
};

[[nodiscard]] nlohmann::json stack_unit_json(const StackUnitDetails& unit);

struct ConnectorDetails {
    std::string kind;    // "git", "archive" or "folder"
    std::string layout;  // "in place" or "releases"
    std::string branch;
    std::string commit;
    std::string source;  // its address, without secrets; empty: unknown
    std::string owner;
    std::string service;                       // the unit of its gupfile; empty: none
    std::vector<StackUnitDetails> stacks;      // sorted by unit
    std::vector<KnownGeneration> generations;  // the newest first
    std::optional<Error> error;                // why it could not be read; then the rest may be empty
};

// By name. The settings have a network, which nothing is asked of. Fails when no worker could be started.
[[nodiscard]] Result<std::map<std::string, ConnectorDetails>> inspect(const UpdateSettings& settings,
                                                                      const std::vector<Connector>& connectors,
                                                                      const StatusDocument& status);

}  // namespace gup

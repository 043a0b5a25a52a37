// SPDX-License-Identifier: Apache-2.0
// `status NAME`: all that is known of one connector.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/config/config.hpp"
#include "app/look/status_table.hpp"
#include "host/units/unit_policy.hpp"
#include "status/log_lines.hpp"
#include "update/supervise/inspect.hpp"

namespace gup {

// Beyond what the overview has.
struct ConnectorFacts {
    ConnectorDetails details;
    std::optional<UnitState> unit;  // of its service; nullopt: it names none, or systemd does not say
    std::vector<LogLine> log;       // the last lines
};

// For the connectors of the overview that are in root. Asks systemd for the state of their units, for 3 seconds at most.
[[nodiscard]] Result<std::map<std::string, ConnectorFacts>> find_facts(const Config& config, const Overview& overview);

[[nodiscard]] std::string connector_sheet(const ConnectorView& view, const ConnectorFacts& facts, const Sheet& sheet);

// A generation for people: "2026-11-29_22_28-main-bcb3d26  2026-11-29 22:28  main bcb3d26  runs".
[[nodiscard]] std::vector<Cell> generation_row(const KnownGeneration& known, const TimeZone& zone);

}  // namespace gup

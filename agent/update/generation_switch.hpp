// SPDX-License-Identifier: Apache-2.0
// The move of one connector to a generation that is there already, in either layout: for rollback and release enable.
#pragma once

#include <optional>
#include <string>

#include "connector/layout.hpp"
#include "connector/observe.hpp"
#include "connector/settings.hpp"
#include "core/generation.hpp"
#include "core/quarantine.hpp"
#include "update/connector_command.hpp"
#include "util/result.hpp"

namespace gup {

// As observe_here, also of a connector that has no release enabled yet, or a damaged one: another is to take its place.
[[nodiscard]] Observation observe_for_release(const ConnectorLayout& site, const UpdateSettings& settings);

struct GenerationSwitch {
    const Observation& observation;
    const Generation& target;
    Layout layout;                // of the target
    std::optional<Release> left;  // is quarantined: the next night does not bring it back
    std::string reason;           // why what ran did not come up; empty: a person asked for the move
};

// All phases of a deployment, with hooks, restart and health as in a night, and the end of the command: updated
// (rolled_back, when there is a reason), blocked or rolled_back. Fails when nothing could be switched, or not committed:
// then the command has no end yet.
[[nodiscard]] Result<RunReport> switch_generation(const GenerationSwitch& wanted, ConnectorCommand& command,
                                                  const UpdateSettings& settings, const RunEvents& events);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// Questions of a worker about units, which only the agent may ask and order: systemd obeys root, not a connector's owner.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "host/units/stack_units.hpp"

namespace gup {

// The functions of host/services for a worker.
[[nodiscard]] Result<std::vector<UnitState>> ask_unit_states(const std::vector<std::string>& units,
                                                             const Systemd& systemd);
[[nodiscard]] Status ask_check_unit(const UnitClaim& claim, const Systemd& systemd);
[[nodiscard]] RestartErrors ask_restart_units(const std::vector<UnitClaim>& claims, const Systemd& systemd);
[[nodiscard]] Status ask_queue_restart(const std::vector<UnitClaim>& claims, const Systemd& systemd);
[[nodiscard]] std::string ask_last_words(const UnitClaim& claim, const Systemd& systemd);
// Those of host/stack_units.
[[nodiscard]] Status ask_reload_units(const Systemd& systemd);
[[nodiscard]] Status ask_stop_units(const std::vector<UnitClaim>& claims, const Systemd& systemd);
[[nodiscard]] RestartErrors ask_restart_within(const std::vector<UnitClaim>& claims, Milliseconds limit,
                                               const Systemd& systemd);
[[nodiscard]] RestartErrors ask_bring_back(const std::vector<UnitClaim>& claims, Milliseconds limit,
                                           const Systemd& systemd);

// The agent's answer, with its own `systemd`. Claims are for `connectors` of `owner`, and a user's units are `owner`'s,
// whatever the question says. Fails with permission for another connector.
struct UnitRights {
    Owner owner;
    std::vector<std::string> connectors;
    Systemd systemd;
};
[[nodiscard]] Result<nlohmann::json> answer_unit_question(UnitRights rights, const nlohmann::json& question);

}  // namespace gup

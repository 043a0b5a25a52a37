// SPDX-License-Identifier: Apache-2.0
// Calls of systemctl and journalctl, for the files of this room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/units/services.hpp"

namespace gup::detail {

// `systemctl ARGUMENTS`, for the manager of units that `systemd` names.
[[nodiscard]] ProcessRequest systemctl_request(std::vector<std::string> arguments, Milliseconds timeout,
                                               const Systemd& systemd);
// systemctl's last lines, without its advice.
[[nodiscard]] std::string complaint_in(std::string_view text);
// "journalctl -u web.service", as the operator types it.
[[nodiscard]] std::string journal_hint(const std::string& unit, const Systemd& systemd);
// The unit's last lines in systemd's journal, as one line; empty if there are none.
[[nodiscard]] std::string words_of(const UnitState& unit, const Systemd& systemd);

// may_restart; a user's own manager judges for itself.
[[nodiscard]] Status may_claim(const UnitState& unit, const UnitClaim& claim, const Systemd& systemd);
// True for a unit that runs, or that systemd starts now or soon.
[[nodiscard]] bool is_up(const UnitState& state);
[[nodiscard]] std::vector<std::string> sorted_once(std::vector<std::string> names);
[[nodiscard]] UnitNames units_of(const std::vector<UnitClaim>& claims);  // sorted, each once

}  // namespace gup::detail

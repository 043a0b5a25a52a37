// SPDX-License-Identifier: Apache-2.0
// The services of connectors: units of systemd.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/owner.hpp"
#include "host/units/unit_policy.hpp"
#include "util/clock.hpp"
#include "util/process/process.hpp"
#include "util/result.hpp"

namespace gup {

// Access to systemd. Everything here runs as this process's user, never as a connector's owner, unless `user` is set.
struct Systemd {
    std::string systemctl = "systemctl";
    std::string journalctl = "journalctl";
    OnStop on_stop = OnStop::end;
    Milliseconds restart_timeout{300'000};  // of one restart of all units; systemd's own limit is 90 s a step
    Milliseconds question_timeout{30'000};
    UnitPolicy policy;
    std::optional<Owner> user;  // the units of this user's own manager (systemctl --user); nullopt: the system's
};

// "failed (exit-code 1)"
[[nodiscard]] std::string display(const UnitState& state);

// True for a job: a oneshot service that does not remain active, or a service that a timer, path or socket starts. It may
// end, and may be started again at any moment.
[[nodiscard]] bool may_end(const UnitState& state);
// True for a job that is done: its last run succeeded or was skipped.
[[nodiscard]] bool has_ended_well(const UnitState& state);
// True when systemd did not start it, because a condition of the unit is not met. For systemd that is no failure.
[[nodiscard]] bool is_skipped(const UnitState& state);

// True when a person has stopped the unit and disabled it, and all that would start it.
[[nodiscard]] bool is_switched_off(const UnitState& state, const Systemd& systemd);

// The states in the order of `units`. Fails with unsupported where systemd does not run the machine, invalid_input when
// one is not the full name of a unit, and as run_process does.
[[nodiscard]] Result<std::vector<UnitState>> unit_states(const std::vector<std::string>& units, const Systemd& systemd);

// Checks that it exists and can be started. Fails with not_found.
[[nodiscard]] Status check_loaded(const UnitState& unit);

// Checks that the unit can and may be restarted, before anything is changed. Fails as unit_states, check_loaded and
// may_restart do.
[[nodiscard]] Status check_unit(const UnitClaim& claim, const Systemd& systemd);

// The order of starting. Units without dependencies between them, or in a circle, are ordered by name.
[[nodiscard]] std::vector<std::string> restart_order(const std::vector<UnitState>& states);

// For each claim, why the unit was not restarted or did not start; nullopt: it runs.
using RestartErrors = std::vector<std::optional<Error>>;

// Restarts the units of all claims, each once, in that order, and waits for it: one `systemctl restart`, so that a unit
// which requires another of them is not restarted twice. A stopped unit is started. A unit that cannot be restarted does
// not affect the others, and neither does a claim whose owner may not restart its unit. The errors are unsupported and
// invalid_input as those of unit_states, not_found as of check_loaded, permission as of may_restart, timeout, cancelled,
// or failed (the message has the unit's state and its last log lines).
[[nodiscard]] RestartErrors restart_units(const std::vector<UnitClaim>& claims, const Systemd& systemd);

// Makes systemd restart them when it can, and does not wait. Fails with failed when it refuses, and as unit_states and
// may_restart do; then none is restarted.
[[nodiscard]] Status queue_restart(const std::vector<UnitClaim>& claims, const Systemd& systemd);

// The unit's last lines in systemd's journal, as one line; empty if there are none, if this process may not read them,
// or if the claim's owner may not restart the unit.
[[nodiscard]] std::string last_words(const UnitState& unit, const UnitClaim& claim, const Systemd& systemd);

}  // namespace gup

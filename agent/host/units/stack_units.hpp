// SPDX-License-Identifier: Apache-2.0
// Units of stacks: those that Quadlet generates from a connector's folder, and the units that depend on them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "host/units/services.hpp"
#include "util/sys/file.hpp"

namespace gup {

// Where units are, for root or for a user.
struct UnitPlaces {
    fs::path quadlet;         // "/etc/containers/systemd"
    fs::path staging;         // "/etc/containers": a sibling on the same filesystem that Quadlet does not read
    fs::path units;           // "/etc/systemd/system"
    std::string boot_target;  // "multi-user.target"; "default.target" for a user
};
// `user` of nullopt: root's. `system` is "/" but for tests.
[[nodiscard]] UnitPlaces unit_places(const std::optional<Owner>& user, const fs::path& system = "/");
// The link that starts `unit` at boot, and what it points to: "/etc/systemd/system/multi-user.target.wants/gup-gw.target".
[[nodiscard]] fs::path boot_link(const UnitPlaces& places, const std::string& unit);

// Checks that the user's manager of units runs without a session (`loginctl enable-linger`). Fails with unsupported.
[[nodiscard]] Status check_user_manager(const Owner& user, const fs::path& system = "/");

// daemon-reload. Units that a generator refuses vanish without an error: see check_units_from.
[[nodiscard]] Status reload_units(const Systemd& systemd);

// Checks that each unit is loaded, from a file below `folder` (SourcePath). Fails with not_found, naming all that are not.
[[nodiscard]] Status check_units_from(const fs::path& folder, const UnitNames& units, const Systemd& systemd);

// The units that systemd stops and restarts with `units`, and theirs in turn, as far as they run now: they require one,
// are bound to one, or are part of one. Sorted, without `units` themselves.
[[nodiscard]] Result<UnitNames> active_dependents(const UnitNames& units, const Systemd& systemd);
// Those of `units` that run or are being started. A unit that systemd does not know does not run.
[[nodiscard]] Result<UnitNames> active_units(const UnitNames& units, const Systemd& systemd);

// Their dependents that failed, or that are started at boot and do not run, and theirs in turn: `systemctl restart` starts
// only those that run.
[[nodiscard]] Result<UnitNames> fallen_dependents(const UnitNames& units, const Systemd& systemd);

// Units that run, whose Quadlet file was below `folder` and is gone. Sorted.
[[nodiscard]] Result<UnitNames> running_orphans(const fs::path& folder, const Systemd& systemd);

// What happens to a unit that is not up at the end of the limit: its own Restart= would start it over and over.
enum class Looping : bool { stopped, left };
// As restart_units with one limit for all of them together. A unit that is not up by then fails with timeout; so does one
// whose start fails and that waits for its next start. Units that ran and depend on `claims` are restarted by systemd with
// them.
[[nodiscard]] RestartErrors restart_within(const std::vector<UnitClaim>& claims, Milliseconds limit,
                                           const Systemd& systemd, Looping looping = Looping::stopped);

// Watches units for that time: those that do not stay up, or that systemd starts again, with the reason. A job may end.
[[nodiscard]] std::vector<std::pair<std::string, Error>> find_unsteady(const UnitNames& units, Milliseconds watch,
                                                                       const Systemd& systemd);

// Starts what is not up of `claims`, all with one call: after a rollback, the recorded active set. Units that are missing
// now have their error, and do not affect the others.
[[nodiscard]] RestartErrors bring_back(const std::vector<UnitClaim>& claims, Milliseconds limit,
                                       const Systemd& systemd);

// Stops them, all with one call, and waits. Units that systemd does not know are stopped.
[[nodiscard]] Status stop_units(const std::vector<UnitClaim>& claims, const Systemd& systemd);

}  // namespace gup

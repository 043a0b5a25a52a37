// SPDX-License-Identifier: Apache-2.0
// The units of systemd that a connector's gupfile may restart. systemd obeys root, so the agent judges for it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "host/owner.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// The output of `systemctl show` for a unit (systemd.unit(5), org.freedesktop.systemd1(5)).
struct UnitState {
    std::string name;                   // as requested
    std::string id;                     // its real name, if the requested one is an alias; may be empty
    std::string load;                   // "loaded", "not-found", "masked", …
    std::string active;                 // "active", "activating", "failed", …
    std::string sub;                    // "running", "auto-restart", …
    std::string result;                 // of its last process: "success", "exit-code", "signal", …
    std::string status;                 // that process's exit status or signal, as a number
    std::string invocation;             // a new id for each start
    std::string type;                   // Type= of a service: "simple", "oneshot", …; empty for other units
    std::string file;                   // "enabled", "disabled", "static", …
    std::string condition;              // "no": at its last start, ConditionPathExists= or a similar one was not met
    std::string user;                   // User=, drop-ins included: a name or a number; empty: root
    bool has_dynamic_user = false;      // DynamicUser=
    bool remains = false;               // RemainAfterExit=
    bool is_wanted = false;             // another unit wants it (WantedBy=): it is started at boot
    std::uint64_t active_since = 0;     // microseconds of the kernel's monotonic clock; 0: it never ran
    std::uint64_t restarts = 0;         // by systemd itself since the last start by a person or program
    std::vector<std::string> names;     // all of its names
    std::vector<std::string> after;     // units that are started before it: After=, Requires=, BindsTo=
    std::vector<std::string> triggers;  // timers, paths and sockets that start it: TriggeredBy=
    std::string source;                 // of a generated unit, the file: SourcePath=
    // Units that systemd stops and restarts with it: RequiredBy=, BoundBy=, ConsistsOf= (their Requires=, BindsTo=, PartOf=).
    std::vector<std::string> dependents;

    [[nodiscard]] const std::string& real_name() const { return id.empty() ? name : id; }
};

using UnitNames = std::vector<std::string>;

// The operator's settings.
struct UnitPolicy {
    bool judges_owners = runs_as_root();  // a plain user's agent leaves it to systemd
    UnitNames allowed;                    // for every connector: [services] allow
    // By connector: [[connector]] services. Each connector with such a table has an entry.
    std::map<std::string, UnitNames> allowed_for;
    // By connector: the folder that only the agent writes, whose files are the source of the connector's own units.
    std::map<std::string, fs::path> folders;

    [[nodiscard]] static bool runs_as_root();
};

// The unit that a connector's gupfile names.
struct UnitClaim {
    std::string unit;  // a full name
    std::string connector;
    Owner owner;
};

// Checks that the claim's owner may restart `unit`, by its real name and its effective settings:
// - nobody may restart a target, but that of the stacks of the connector;
// - root may restart all other units, and so may every owner if the policy judges no owners;
// - others may restart a service that runs as that owner, a unit that is generated from a file in the connector's folder,
//   and any unit that the operator lists.
// Fails with permission; the hint has the lines for gup-agent.toml. The unit is loaded.
[[nodiscard]] Status may_restart(const UnitState& unit, const UnitClaim& claim, const UnitPolicy& policy);

}  // namespace gup

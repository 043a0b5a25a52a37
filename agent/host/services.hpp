// The services of connectors: units of systemd.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "util/clock.hpp"
#include "util/process/process.hpp"
#include "util/result.hpp"

namespace gup {

// Access to systemd. Everything here runs as this process's user, never as a connector's owner.
struct Systemd {
    std::string systemctl = "systemctl";
    std::string journalctl = "journalctl";
    OnStop on_stop = OnStop::end;
    Milliseconds restart_timeout{300'000};  // of one restart of all units; systemd's own limit is 90 s a step
};

// The output of `systemctl show` for a unit (systemd.unit(5), org.freedesktop.systemd1(5)).
struct UnitState {
    std::string name;                // as requested
    std::string load;                // "loaded", "not-found", "masked", …
    std::string active;              // "active", "activating", "failed", …
    std::string sub;                 // "running", "auto-restart", …
    std::string result;              // of its last process: "success", "exit-code", "signal", …
    std::string status;              // that process's exit status or signal, as a number
    std::string invocation;          // a new id for each start
    std::uint64_t restarts = 0;      // by systemd itself since the last start by a person or program
    std::vector<std::string> names;  // all of its names
    std::vector<std::string> after;  // units that are started before it: After=, Requires=, BindsTo=
};

// "failed (exit-code 1)"
[[nodiscard]] std::string display(const UnitState& state);

// The states in the order of `units`. Fails with unsupported where systemd does not run the machine, invalid_input when
// one is not the full name of a unit, and as run_process does.
[[nodiscard]] Result<std::vector<UnitState>> unit_states(const std::vector<std::string>& units, const Systemd& systemd);

// Checks that all of them can be restarted, before anything is changed. Fails as unit_states does, and with not_found
// when one does not exist or is masked.
[[nodiscard]] Status check_units(const std::vector<std::string>& units, const Systemd& systemd);

// The order of starting. Units without dependencies between them, or in a circle, are ordered by name.
[[nodiscard]] std::vector<std::string> restart_order(const std::vector<UnitState>& states);

// By unit: why it was not restarted or did not start.
using RestartFailures = std::map<std::string, Error>;

// Restarts all of them, each once, in that order, and waits for it: one `systemctl restart`, so that a unit which
// requires another of them is not restarted twice. A stopped unit is started. A unit that cannot be restarted does not
// affect the others. The errors are unsupported and invalid_input as those of unit_states, not_found as of check_units,
// timeout, cancelled, or failed (the message has the unit's state and its last log lines).
[[nodiscard]] RestartFailures restart_units(const std::vector<std::string>& units, const Systemd& systemd);

// Makes systemd restart them when it can, and does not wait. Fails with failed when it refuses, and as run_process
// does.
[[nodiscard]] Status queue_restart(const std::vector<std::string>& units, const Systemd& systemd);

// The unit's last lines in systemd's journal, as one line; empty if there are none, or this process may not read them.
[[nodiscard]] std::string last_words(const std::string& unit, const Systemd& systemd);

}  // namespace gup

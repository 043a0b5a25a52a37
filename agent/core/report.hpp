// SPDX-License-Identifier: Apache-2.0
// The result of a run: an outcome per connector, one exit code for all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/declaration/requirement.hpp"
#include "core/quarantine.hpp"
#include "util/result.hpp"

namespace gup {

enum class Outcome : std::uint8_t { unchanged, updated, skipped, failed, rolled_back, blocked, deferred };

[[nodiscard]] std::string_view to_string(Outcome outcome) noexcept;
// The same for people: "rolled back".
[[nodiscard]] std::string display(Outcome outcome);
// The inverse; nullopt for anything else.
[[nodiscard]] std::optional<Outcome> parse_outcome(std::string_view text) noexcept;

// Exit codes (stable; scripts and cron depend on them).
enum class ExitCode : std::uint8_t {
    success = 0,
    connector_failed = 1,
    bad_usage = 2,
    locked = 3,
    nothing_reachable = 4,
    blocked = 5,  // only of deploy, like the next
    rolled_back = 6,
    something_to_do = 10,
    interrupted = 130,  // by a person with Ctrl-C: 128 + SIGINT, as a shell has it
};

// `interrupted` for SIGINT. A service manager that ends a run with another signal sees that the run did not do its work:
// connector_failed.
[[nodiscard]] ExitCode interrupted_by(int signal) noexcept;

struct PinState {
    std::string name;
    std::string wanted;
    std::string installed;  // empty: not installed

    friend bool operator==(const PinState&, const PinState&) = default;
};

// A pin that is not available, remembered so that it is not tried again each night.
struct HeldPin {
    Requirement requirement;
    std::string reason;
    std::int64_t since = 0;  // seconds since the epoch

    friend bool operator==(const HeldPin&, const HeldPin&) = default;
};

// An update that the [update] table of its connector defers.
struct Waiting {
    std::int64_t since = 0;  // start of the wait; seconds since the epoch, like the next
    std::int64_t until = 0;  // end of the wait; if its window never opens, it is reported as failed from then on
    std::string window;      // the hours and days that it waits for, as written; empty: it waits for something else
    std::string days;

    friend bool operator==(const Waiting&, const Waiting&) = default;
};

// The reason why an update waits.
struct Deferral {
    Outcome outcome = Outcome::deferred;  // failed: it waits for longer than `at-most`, or this is unknown
    std::string reason;                   // the same text every time
    std::string hint;
    Waiting waiting;
};

struct ConnectorReport {
    std::string name;
    Outcome outcome = Outcome::unchanged;
    std::string reason;  // for people; empty only for unchanged; several are joined by "; "
    std::string hint;
    std::string branch;
    std::string from_commit;  // before
    std::string commit;       // after
    std::vector<PinState> pins;
    std::vector<HeldPin> held_back;
    std::vector<QuarantinedRelease> quarantine;  // the newest first
    std::optional<Waiting> waiting;              // not empty: an update waits
    std::vector<std::string> actions;            // the changes that were made, one line each, in the past tense
    std::string restarted;     // the restarted service, which runs the new code; empty: it runs only after a reboot
    std::string requirements;  // the file that declares its packages; empty: its gupfile, or nothing
    std::string generation;    // created by this run
    bool waits_for_reboot = false;  // its new code runs only after the next reboot; for this run only
    bool unreachable = false;       // it failed because its remote could not be reached

    friend bool operator==(const ConnectorReport&, const ConnectorReport&) = default;
};

// Makes the error the outcome: failed, with its message and hint.
void fail(ConnectorReport& report, const Error& error);

struct RunReport {
    std::vector<ConnectorReport> connectors;  // sorted by name

    bool interrupted = false;             // ended early by a signal
    int signal = 0;                       // which one; 0: not known
    std::size_t selected = 0;             // connectors that it was to work on; 0: not known
    std::vector<std::string> unfinished;  // of an interrupted run: connectors that the next run brings back
    bool reboot_asked = false;            // an earlier run requested it, and it has not happened yet

    // True if any connector has an action.
    [[nodiscard]] bool any_updated() const;
    // True if a connector of this or an earlier run runs its new code only after a reboot, because it names no service.
    [[nodiscard]] bool needs_reboot() const;
    // True if every connector with a remote failed to reach it, and there is at least one.
    [[nodiscard]] bool nothing_reachable() const;
    // unchanged, updated, skipped and deferred are successes, unless the run was interrupted. See also interrupted_by.
    [[nodiscard]] ExitCode exit_code() const;
    // The same, but with different codes for failed, blocked and rolled back. For a run of one connector.
    [[nodiscard]] ExitCode detailed_exit_code() const;
    // "3 updated, 1 failed, 16 unchanged"
    [[nodiscard]] std::string summary() const;
};

// "interrupted: 1 of 3 connectors done, nothing half-changed", for an interrupted run.
[[nodiscard]] std::string interruption(const RunReport& report);

// A summary with the words that outcomes have in JSON: "1 rolled_back, 2 updated".
[[nodiscard]] std::string summary_for_json(std::string summary);

// Pins that are not available are remembered, so that they cost nothing each night.

// After so many seconds a held pin is tried again.
inline constexpr std::int64_t held_pin_patience = std::int64_t{7} * 24 * 3600;

// True when `held` is about this pin: same name, version and source (without secrets).
[[nodiscard]] bool holds_back(const HeldPin& held, const Requirement& pin);

// The pins of `held` that are still in force at `now`. A clock that went back keeps them.
[[nodiscard]] std::vector<HeldPin> in_force(const std::vector<HeldPin>& held, std::int64_t now);

}  // namespace gup

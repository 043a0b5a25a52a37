// What a run says of itself: an outcome per connector, one exit code for all.
#pragma once

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
// The inverse; nullopt for anything else.
[[nodiscard]] std::optional<Outcome> parse_outcome(std::string_view text) noexcept;

// Exit codes (stable; scripts and cron depend on them).
enum class ExitCode : std::uint8_t {
    success = 0,
    connector_failed = 1,
    bad_usage = 2,
    locked = 3,
    nothing_reachable = 4,
    blocked = 5,  // of deploy alone, as the next
    rolled_back = 6,
    something_to_do = 10,
};

struct PinState {
    std::string name;
    std::string wanted;
    std::string installed;  // empty: not installed

    friend bool operator==(const PinState&, const PinState&) = default;
};

// A pin that could not be had, remembered so that it is not tried again every night.
struct HeldPin {
    Requirement requirement;
    std::string reason;
    std::int64_t since = 0;  // seconds since the epoch

    friend bool operator==(const HeldPin&, const HeldPin&) = default;
};

// An update that the [update] table of its connector puts off.
struct Waiting {
    std::int64_t since = 0;  // when it had to wait for the first time; seconds since the epoch, as the next
    std::int64_t until = 0;  // from then on it happens, or, where its window does not open, is reported as failed
    std::string window;      // the hours and days that it waits for, as they were written; empty: it is something else
    std::string days;

    friend bool operator==(const Waiting&, const Waiting&) = default;
};

struct ConnectorReport {
    std::string name;
    Outcome outcome = Outcome::unchanged;
    std::string reason;  // for people: empty only for unchanged; several sentences are joined by "; "
    std::string hint;
    std::string branch;
    std::string from_commit;  // before
    std::string commit;       // after
    std::vector<PinState> pins;
    std::vector<HeldPin> held_back;
    std::vector<QuarantinedRelease> quarantine;  // the newest first
    std::optional<Waiting> waiting;              // not empty: an update waits
    std::vector<std::string> actions;  // what was changed, one line each; not empty: something is new on this gateway
    std::string restarted;          // the service in which the new code runs since; empty: it runs only after a reboot
    std::string generation;         // that was made; of this run alone
    bool waits_for_reboot = false;  // its new code runs only after the reboot that follows; of this run alone
    bool unreachable = false;       // failed because its remote could not be reached

    friend bool operator==(const ConnectorReport&, const ConnectorReport&) = default;
};

// What went wrong becomes the outcome: failed, with the error's words.
void fail(ConnectorReport& report, const Error& error);

struct RunReport {
    std::vector<ConnectorReport> connectors;  // sorted by name

    bool interrupted = false;   // a signal ended it before its end
    bool reboot_asked = false;  // by an earlier run, and it has not happened yet

    // Whether any connector has an action.
    [[nodiscard]] bool any_updated() const;
    // Whether one of these runs only after a reboot (it names no service that could be restarted), or one of earlier.
    [[nodiscard]] bool needs_reboot() const;
    // Every connector that has a remote failed to reach it, and there is at least one.
    [[nodiscard]] bool nothing_reachable() const;
    // unchanged, updated, skipped and deferred count as success, unless the run was interrupted.
    [[nodiscard]] ExitCode exit_code() const;
    // The same, but what is failed, blocked and rolled back is told apart. Of a run of one connector.
    [[nodiscard]] ExitCode detailed_exit_code() const;
    // "3 updated, 1 failed, 16 unchanged"
    [[nodiscard]] std::string summary() const;
};

}  // namespace gup

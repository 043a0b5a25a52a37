// SPDX-License-Identifier: Apache-2.0
// <state>/history.jsonl: what happened to each connector, one line each. A run writes it once, and only with news. Bounded:
// the oldest entries of a connector are dropped first.
#pragma once

#include <string>
#include <vector>

#include "core/generation.hpp"
#include "core/report.hpp"
#include "status/status_document.hpp"
#include "util/clock.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// So many are kept of each connector, and of all.
inline constexpr std::size_t history_limit = 100;
inline constexpr std::size_t whole_history_limit = 2000;

struct HistoryEntry {
    UnixTime time = 0;
    std::string connector;
    std::string by;  // "schedule", "daemon", or the user who called the agent; empty: unknown
    Outcome outcome = Outcome::unchanged;
    std::string branch;
    std::string from;  // commit before and after
    std::string to;
    std::string generation;  // that it made; may be empty
    std::string reason;
    std::vector<std::string> actions;

    friend bool operator==(const HistoryEntry&, const HistoryEntry&) = default;
};

[[nodiscard]] fs::path history_file(const fs::path& state);

// The newest first; empty when the file is missing. Lines that are no entries are left out.
[[nodiscard]] Result<std::vector<HistoryEntry>> read_history(const fs::path& state);
// `added` in the order of time. Nothing happens when it is empty. Only under the run's lock.
[[nodiscard]] Status add_history(const fs::path& state, const std::vector<HistoryEntry>& added);

// The news of a run: actions, another revision, a failure that is new, and the success after one.
[[nodiscard]] std::vector<HistoryEntry> history_of_run(const StatusDocument& before, const StatusDocument& after,
                                                       const RunReport& run, const std::string& by, UnixTime now);

// `history` with those of the connector's generations that it does not have: they are older, or another agent's. The newest
// first.
[[nodiscard]] std::vector<HistoryEntry> with_generations(std::vector<HistoryEntry> history,
                                                         const std::string& connector,
                                                         const std::vector<Generation>& generations);

}  // namespace gup

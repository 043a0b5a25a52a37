// SPDX-License-Identifier: Apache-2.0
// The journal's text, and what an unfinished journal asks for. Pure: transaction/journal reads and writes the file.
//
//   gup-journal 1
//   begin <transaction id> <connector>
//   step <kind> <key>=<value>…        (fsynced before the step starts; values percent-encoded)
//   commit                            (everything is in place; what follows is cleaning up)
//   undone                            (instead of commit, once for each step that was undone, the last step first)
//   end
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace gup {

struct JournalStep {
    std::string kind;  // "checkout", …
    std::map<std::string, std::string> values;
    friend bool operator==(const JournalStep&, const JournalStep&) = default;
};

// The step's value of that name. Fails with corrupt if it has none.
[[nodiscard]] Result<std::string> value_of(const JournalStep& step, const char* key);

struct JournalRecord {
    std::string id;
    std::string connector;
    std::vector<JournalStep> steps;  // in the order they were started
    std::size_t undone = 0;          // so many of them, the last ones, are undone already
    bool committed = false;
    bool ended = false;
};

inline constexpr std::string_view journal_header = "gup-journal 1\n";

[[nodiscard]] std::string format_begin(std::string_view id, std::string_view connector);
[[nodiscard]] std::string format_step(const JournalStep& step);
// The inverse; nullopt for anything else.
[[nodiscard]] std::optional<JournalStep> parse_step_line(std::string_view line);
inline constexpr std::string_view journal_commit = "commit\n";
inline constexpr std::string_view journal_undone = "undone\n";
inline constexpr std::string_view journal_end = "end\n";

// Nullopt for a journal without a transaction (empty, or torn before the end of `begin`). A torn last line (no newline)
// was never written. Fails with unsupported for an unknown version, corrupt (line number in the message) otherwise.
[[nodiscard]] Result<std::optional<JournalRecord>> parse_journal(std::string_view text);

enum class RecoveryAction : std::uint8_t { nothing, undo, clean_up };

struct Recovery {
    RecoveryAction action = RecoveryAction::nothing;
    std::vector<JournalStep> steps;  // undo: in reverse order, including a started one; clean_up: in order
};

// No commit: undo in reverse, what is not undone yet. Commit without end: finish the cleaning up. Ended: nothing.
[[nodiscard]] Recovery plan_recovery(const JournalRecord& record);

}  // namespace gup

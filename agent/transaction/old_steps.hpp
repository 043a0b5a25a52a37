// SPDX-License-Identifier: Apache-2.0
// The names that steps had in journals of the agent before: each kind of change had kinds of its own. A new agent
// recovers what the old one left, for the time of one release. Then this file goes.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "core/journal_format.hpp"

namespace gup {

struct OldStepKind {
    std::string_view old;
    std::string_view now;
    std::string_view values;  // "key=value" sets a value, "key<old" renames one; several are separated by spaces
};
[[nodiscard]] std::span<const OldStepKind> old_step_kinds();

// The same step in the words of transaction/steps. An old step that made two changes becomes two steps, in the order in
// which they were made. Any other step stays as it is.
[[nodiscard]] std::vector<JournalStep> current_steps(const JournalStep& step);
// The same for a whole journal.
void update_step_names(JournalRecord& record);

}  // namespace gup

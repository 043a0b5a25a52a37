// SPDX-License-Identifier: Apache-2.0
// A connector's outcome for people: one line without a terminal, aligned and wrapped on one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli/command_line.hpp"
#include "app/output/live_block.hpp"
#include "core/report.hpp"

namespace gup {

// "smart-meter: updated code 1a2b3c4 → e9b167f (main, 3 commits)", with the hint on a separate line.
[[nodiscard]] std::string outcome_text(const ConnectorReport& report, bool colour);

// The word for what a command did to its connector: "added", "rolled back"; for those that update: "updated".
[[nodiscard]] std::string_view verb_of(Command command);

struct RowStyle {
    std::string_view verb = "updated";  // of a success that changed something
    std::size_t columns = 0;            // of the terminal; 0: lines are as long as they are
    std::size_t name_width = 0;         // of the longest name
    bool colour = false;
};

// "heat-meter  updated  installed paho-mqtt 1.6.1  (3.2 s, 1.2 MiB)", with a hint below; ends with a newline.
[[nodiscard]] std::string outcome_row(const ConnectorReport& report, const Cost& cost, const RowStyle& style);

// "1 added", "2 updated, 1 failed, 3 unchanged": the numbers in the colours of their outcomes.
[[nodiscard]] std::string outcome_counts(const RunReport& report, const RowStyle& style);

// "12 s, 1.2 MiB of code": what is worth telling of it; empty for less than a second and no bytes.
[[nodiscard]] std::string cost_text(const Cost& cost);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// The output of a run: a live line per connector on a terminal, plain lines in cron, one JSON object per line with
// --json.
#pragma once

#include <cstddef>
#include <memory>

#include "app/cli/command_line.hpp"
#include "connector/settings.hpp"
#include "core/report.hpp"

namespace gup {

class Display {
public:
    virtual ~Display() = default;
    // Callbacks for the run; valid as long as the display. Thread-safe.
    [[nodiscard]] virtual RunEvents events() = 0;
    // Prints the summary.
    virtual void end(const RunReport& report) = 0;
};

// The exit code of a run. deploy has one connector and more codes.
[[nodiscard]] ExitCode exit_code_of_run(const CommandLine& line, const RunReport& report);

// Chosen by the command line and the kind of standard output.
[[nodiscard]] std::unique_ptr<Display> make_display(const CommandLine& line);

// True for a terminal that can show live lines (not with TERM=dumb).
[[nodiscard]] bool is_terminal(int descriptor);
// See app/cli/colour.hpp.
[[nodiscard]] bool wants_colour(const CommandLine& line, int descriptor);

// Of the terminal; 80 where there is none.
[[nodiscard]] std::size_t terminal_columns(int descriptor);

}  // namespace gup

// What a person or a script sees of a run on standard output: a live line per connector on a terminal, plain lines in
// cron, one JSON object a line with --json.
#pragma once

#include <memory>

#include "app/config/command_line.hpp"
#include "connector/settings.hpp"
#include "core/report.hpp"

namespace gup {

class Display {
public:
    virtual ~Display() = default;
    // Callbacks for the run; valid as long as the display. Thread-safe.
    [[nodiscard]] virtual RunEvents events() = 0;
    // The last words.
    virtual void end(const RunReport& report) = 0;
};

// That of a run. deploy has one connector, and tells more of it.
[[nodiscard]] ExitCode exit_code_of_run(const CommandLine& line, const RunReport& report);

// Chosen by the command line and by what standard output is.
[[nodiscard]] std::unique_ptr<Display> make_display(const CommandLine& line);

// Whether standard output is a terminal that can show colour and live lines (NO_COLOR and TERM=dumb say no).
[[nodiscard]] bool is_terminal(int descriptor);
[[nodiscard]] bool wants_colour(const CommandLine& line, int descriptor);

// "smart-meter: updated: fast-forward main 1a2b3c4 -> e9b167f commits=3", with the hint on a line of its own.
[[nodiscard]] std::string outcome_text(const ConnectorReport& report, bool colour);

}  // namespace gup

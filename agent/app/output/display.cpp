// SPDX-License-Identifier: Apache-2.0
#include "app/output/display.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli/colour.hpp"
#include "app/output/live_block.hpp"
#include "app/output/live_lines.hpp"
#include "app/output/outcome_row.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "app/output/table.hpp"
#include "status/report_json.hpp"
#include "util/log/log.hpp"
#include "util/printable.hpp"
#include "util/sys/signals.hpp"
#include "util/text_width.hpp"

namespace gup {
namespace {

using nlohmann::json;

// `run`, `now` and `deploy`: of many connectors, most of them unchanged.
bool updates(Command command) {
    return command == Command::run || command == Command::now || command == Command::deploy;
}

std::string summary_text(const RunReport& report, const std::string& counts, Command command) {
    if (report.interrupted) return interruption(report);
    return command == Command::recover && report.connectors.empty() ? "nothing to recover" : counts;
}

// Stopped by a signal before anything was changed. The last line tells of it.
bool is_not_done(const ConnectorReport& report) {
    return stop_requested() && report.outcome == Outcome::failed && report.actions.empty();
}

class JsonDisplay : public Display {
public:
    explicit JsonDisplay(const CommandLine& line) : line_(line) {}

    RunEvents events() override {
        RunEvents events;
        events.started = [this](const std::vector<std::string>& names) {
            print({{"event", "start"}, {"schema", json_schema}, {"connectors", names}});
        };
        events.finished = [this](const ConnectorReport& report) {
            json event = report;
            event["event"] = "connector";
            print(event);
        };
        return events;
    }

    void end(const RunReport& report) override {
        print({{"event", "end"},
               {"exit_code", static_cast<int>(exit_code_of_run(line_, report))},
               {"interrupted", report.interrupted},
               {"summary", summary_for_json(report.summary())}});
    }

private:
    void print(const json& event) {
        const std::lock_guard guard(mutex_);
        print_json(event);
    }

    const CommandLine& line_;
    std::mutex mutex_;
};

// Without a terminal: what changed or failed, and for a command about one connector why nothing changed.
class PlainDisplay : public Display {
public:
    explicit PlainDisplay(const CommandLine& line)
        : verbosity_(line.verbosity),
          command_(line.command),
          is_update_(updates(line.command)),
          has_colour_(wants_colour(line, STDOUT_FILENO)) {}

    RunEvents events() override {
        RunEvents events;
        events.finished = [this](const ConnectorReport& report) {
            if (is_not_done(report)) return;
            const bool is_told = report.outcome != Outcome::unchanged || verbosity_ == Verbosity::verbose ||
                                 (!is_update_ && !report.reason.empty());
            if (!is_told) return;
            print_text("{}\n", outcome_text(report, has_colour_));
            std::fflush(stdout);
        };
        return events;
    }

    void end(const RunReport& report) override {
        if (verbosity_ == Verbosity::quiet && report.exit_code() == ExitCode::success && !report.any_updated()) return;
        print_text("{}\n", summary_text(report, report.summary(), command_));
        std::fflush(stdout);
    }

private:
    Verbosity verbosity_;
    Command command_;
    bool is_update_;
    bool has_colour_;  // also without a terminal, when it is asked for
};

// On a terminal: what happens now, and above it what changed or failed, and what the person asked for by name.
class LiveDisplay : public Display {
public:
    explicit LiveDisplay(const CommandLine& line)
        : command_(line.command),
          is_update_(updates(line.command)),
          named_(line.names),
          block_(system_clock()),
          lines_(stdout, [this](const ScreenSize& screen) { return frame(screen); }),
          begun_(system_clock().monotonic()) {
        style_.verb = verb_of(line.command);
        style_.columns = columns_of(STDOUT_FILENO);
        style_.colour = wants_colour(line, STDOUT_FILENO);
    }

    RunEvents events() override {
        RunEvents events;
        events.started = [this](const std::vector<std::string>& names) {
            log::set_stderr_level(log::Level::error);  // a warning in between would break the lines
            for (const std::string& name : names) {
                style_.name_width = std::max(style_.name_width, text_width(printable(name)));
            }
            block_.start(names);
        };
        events.activity = [this](const std::string& name, const Activity& activity) {
            block_.set(name, activity);
            lines_.changed();
        };
        events.finished = [this](const ConnectorReport& report) { finish(report); };
        events.tick = [this] { return lines_.tick(); };
        return events;
    }

    void end(const RunReport& report) override {
        lines_.stop();
        log::set_stderr_level(log::Level::warning);
        total_.time = system_clock().monotonic() - begun_;
        std::string counts = summary_text(report, outcome_counts(report, style_), command_);
        if (report.interrupted) counts = painted(counts, Tone::caution, style_.colour);
        const std::string costs = cost_text(total_);
        print_text("{}\n", wrapped(costs.empty() ? counts : fmt::format("{}  [{}]", counts, costs), style_.columns, 2));
        std::fflush(stdout);
    }

private:
    void finish(const ConnectorReport& report) {
        const Cost cost = block_.finish(report.name);
        total_.bytes += cost.bytes;
        const bool is_named = std::find(named_.begin(), named_.end(), report.name) != named_.end();
        const bool is_told = report.outcome != Outcome::unchanged || (is_update_ ? is_named : !report.reason.empty());
        if (!is_told || is_not_done(report)) return lines_.changed();
        lines_.print_above(outcome_row(report, cost, style_));
    }

    [[nodiscard]] std::vector<std::string> frame(const ScreenSize& screen) const {
        if (block_.empty() || !stop_requested()) return block_.frame(screen);
        ScreenSize rest = screen;
        if (rest.rows > 4) --rest.rows;
        std::vector<std::string> lines = block_.frame(rest);
        lines.emplace_back(
            width_prefix("stopping at the next safe point", screen.columns > 1 ? screen.columns - 1 : 1));
        return lines;
    }

    Command command_;
    bool is_update_;
    std::vector<std::string> named_;
    RowStyle style_;
    Cost total_;
    LiveBlock block_;
    LiveLines lines_;
    Milliseconds begun_;
};

}  // namespace

std::unique_ptr<Display> make_display(const CommandLine& line) {
    if (line.form == OutputForm::json) return std::make_unique<JsonDisplay>(line);
    if (!is_terminal(STDOUT_FILENO) || line.verbosity == Verbosity::verbose) {
        return std::make_unique<PlainDisplay>(line);
    }
    return std::make_unique<LiveDisplay>(line);
}

ExitCode exit_code_of_run(const CommandLine& line, const RunReport& report) {
    return line.command == Command::deploy ? report.detailed_exit_code() : report.exit_code();
}

std::size_t terminal_columns(int descriptor) {
    return screen_size(descriptor).columns;
}

bool is_terminal(int descriptor) {
    const char* term = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    return ::isatty(descriptor) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

bool wants_colour(const CommandLine& line, int descriptor) {
    return decide_colour(line.colour, colour_variables(), ::isatty(descriptor) == 1);
}

}  // namespace gup

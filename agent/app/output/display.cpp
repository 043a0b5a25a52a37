// SPDX-License-Identifier: Apache-2.0
#include "app/output/display.hpp"

#include <fmt/color.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <nlohmann/json.hpp>

#include "app/cli/colour.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "status/report_json.hpp"
#include "util/log/log.hpp"
#include "util/printable.hpp"
#include "util/utf8.hpp"

namespace gup {
namespace {

using nlohmann::json;

fmt::text_style style_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::updated:
            return fmt::fg(fmt::terminal_color::green);
        case Outcome::failed:
        case Outcome::rolled_back:
        case Outcome::blocked:
            return fmt::fg(fmt::terminal_color::red) | fmt::emphasis::bold;
        case Outcome::skipped:
        case Outcome::deferred:
            return fmt::fg(fmt::terminal_color::yellow);
        case Outcome::unchanged:
            break;
    }
    return {};
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

class PlainDisplay : public Display {
public:
    explicit PlainDisplay(Verbosity verbosity) : verbosity_(verbosity) {}

    RunEvents events() override {
        RunEvents events;
        events.finished = [this](const ConnectorReport& report) {
            if (report.outcome == Outcome::unchanged && verbosity_ != Verbosity::verbose) return;
            print_text("{}\n", outcome_text(report, false));
            std::fflush(stdout);
        };
        return events;
    }

    void end(const RunReport& report) override {
        if (verbosity_ == Verbosity::quiet && report.exit_code() == ExitCode::success && !report.any_updated()) return;
        print_text("{}\n", report.summary());
        std::fflush(stdout);
    }

private:
    Verbosity verbosity_;
};

struct ScreenSize {
    std::size_t columns = 80;
    std::size_t rows = 24;
};

ScreenSize screen_size() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
    return {size.ws_col, size.ws_row};
}

// At most `columns` bytes; never in the middle of a UTF-8 sequence, no control characters.
std::string fitted(std::string text, std::size_t columns) {
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
    return std::string(utf8_prefix(text, columns));
}

constexpr auto redraw_interval = std::chrono::milliseconds(100);

// A block of lines at the bottom of a terminal, redrawn in place: one for each active connector.
class LiveLines {
public:
    ~LiveLines() { stop(); }

    void start(const std::vector<std::string>& names);
    // Sets the activity of `name`. The block is redrawn at most ten times a second.
    void set(const std::string& name, const std::string& text);
    // Prints `text` permanently above the block, and removes the line of `name` from it.
    void finish(const std::string& name, const std::string& text);
    // Removes the block.
    void stop();

private:
    struct Line {
        std::string name;
        std::string text;
    };

    void erase();
    void draw();

    std::mutex mutex_;
    std::vector<Line> lines_;
    std::size_t drawn_ = 0;  // lines of the block that are on the screen
    std::chrono::steady_clock::time_point last_draw_;
};

void LiveLines::start(const std::vector<std::string>& names) {
    const std::lock_guard guard(mutex_);
    for (const std::string& name : names) lines_.push_back({name, "waiting"});
    draw();
}

void LiveLines::set(const std::string& name, const std::string& text) {
    const std::lock_guard guard(mutex_);
    const auto line = std::find_if(lines_.begin(), lines_.end(), [&](const Line& one) { return one.name == name; });
    if (line == lines_.end()) return;
    line->text = text;
    if (std::chrono::steady_clock::now() - last_draw_ < redraw_interval) return;
    erase();
    draw();
}

void LiveLines::finish(const std::string& name, const std::string& text) {
    const std::lock_guard guard(mutex_);
    std::erase_if(lines_, [&](const Line& one) { return one.name == name; });
    erase();
    print_text("{}\n", text);
    draw();
}

void LiveLines::stop() {
    const std::lock_guard guard(mutex_);
    erase();
    lines_.clear();
    std::fflush(stdout);
}

void LiveLines::erase() {
    if (drawn_ > 0) print_text("\x1b[{}A\r\x1b[J", drawn_);
    drawn_ = 0;
}

// If the screen is too small for all, waiting lines are left out first.
void LiveLines::draw() {
    const ScreenSize screen = screen_size();
    const std::size_t room = screen.rows > 2 ? screen.rows - 2 : 1;
    const bool all = lines_.size() <= room;
    for (const Line& line : lines_) {
        if (drawn_ == room) break;
        if (!all && line.text.starts_with("waiting")) continue;
        print_text("{}\n", fitted(fmt::format("{}: {}", line.name, line.text), screen.columns - 1));
        ++drawn_;
    }
    last_draw_ = std::chrono::steady_clock::now();
    std::fflush(stdout);
}

class LiveDisplay : public Display {
public:
    explicit LiveDisplay(bool colour) : colour_(colour) {}

    RunEvents events() override {
        RunEvents events;
        events.started = [this](const std::vector<std::string>& names) {
            log::set_stderr_level(log::Level::error);  // a warning in between would break the lines
            lines_.start(names);
        };
        events.activity = [this](const std::string& name, const std::string& text) { lines_.set(name, text); };
        events.finished = [this](const ConnectorReport& report) {
            lines_.finish(report.name, outcome_text(report, colour_));
        };
        return events;
    }

    void end(const RunReport& report) override {
        lines_.stop();
        log::set_stderr_level(log::Level::warning);
        print_text("{}\n", report.summary());
        std::fflush(stdout);
    }

private:
    bool colour_;
    LiveLines lines_;
};

}  // namespace

std::unique_ptr<Display> make_display(const CommandLine& line) {
    if (line.form == OutputForm::json) return std::make_unique<JsonDisplay>(line);
    if (!is_terminal(STDOUT_FILENO) || line.verbosity == Verbosity::verbose) {
        return std::make_unique<PlainDisplay>(line.verbosity);
    }
    return std::make_unique<LiveDisplay>(wants_colour(line, STDOUT_FILENO));
}

ExitCode exit_code_of_run(const CommandLine& line, const RunReport& report) {
    return line.command == Command::deploy ? report.detailed_exit_code() : report.exit_code();
}

std::size_t terminal_columns(int descriptor) {
    constexpr std::size_t usual = 80;
    winsize size{};
    return ::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 ? usual : size.ws_col;
}

bool is_terminal(int descriptor) {
    const char* term = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    return ::isatty(descriptor) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

bool wants_colour(const CommandLine& line, int descriptor) {
    return decide_colour(line.colour, colour_variables(), ::isatty(descriptor) == 1);
}

std::string outcome_text(const ConnectorReport& report, bool colour) {
    const std::string done = printable(fmt::format("{}", fmt::join(report.actions, "; ")));
    // Actions are in the past tense, so the word "updated" before them would repeat them.
    const bool says_itself = report.outcome == Outcome::updated && report.reason.empty() && !done.empty();
    std::string outcome = says_itself ? done : display(report.outcome);
    if (colour) outcome = fmt::format(style_of(report.outcome), "{}", outcome);
    std::string text = fmt::format("{}: {}", printable(report.name), outcome);
    // The reason of a failure is first; it does not hide the completed actions.
    if (!report.reason.empty()) text += fmt::format(": {}", printable(report.reason));
    if (!done.empty() && !says_itself) text += fmt::format(" (done: {})", done);
    if (!report.hint.empty()) text += fmt::format("\n  hint: {}", printable(report.hint));
    return text;
}

}  // namespace gup

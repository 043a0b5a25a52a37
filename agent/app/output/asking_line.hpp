// SPDX-License-Identifier: Apache-2.0
// One line on standard error for commands that only look (check, doctor): "asking 12 remotes, 3 left (smart-meter 34 s)".
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/cli/command_line.hpp"
#include "app/output/live_block.hpp"
#include "app/output/live_lines.hpp"
#include "connector/settings.hpp"
#include "util/clock.hpp"
#include "util/log/log.hpp"

namespace gup {

// The text of the line; empty: nothing is known yet.
class AskingText {
public:
    explicit AskingText(const Clock& clock) : clock_(clock) {}

    void set(const std::string& connector, const Activity& activity);
    [[nodiscard]] std::string text() const;

private:
    struct Entry {
        Activity activity;
        Milliseconds since{0};  // so long it is asked, or so long this is done
        Milliseconds told{0};
        bool is_asked = false;
    };
    [[nodiscard]] const std::pair<const std::string, Entry>* first(bool is_asked) const;

    const Clock& clock_;
    std::map<std::string, Entry> entries_;  // by connector
};

// The line on the terminal behind standard error. Without one, with --json, with --verbose: nothing.
class AskingLine {
public:
    explicit AskingLine(const CommandLine& line);
    ~AskingLine() { stop(); }
    AskingLine(const AskingLine&) = delete;
    AskingLine& operator=(const AskingLine&) = delete;

    // For the run; valid as long as this.
    [[nodiscard]] RunEvents events();
    // Removes the line, and writes the messages that came meanwhile.
    void stop();

private:
    struct KeptMessage {
        log::Level level;
        std::string connector;
        std::string text;
        log::Reach reach;
    };

    AskingText text_;
    std::unique_ptr<LiveLines> lines_;
    std::vector<KeptMessage> kept_;  // until the line is removed, which a message would break
    Milliseconds begun_;
};

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// Lines at the bottom of a terminal that are drawn over: at most ten times a second, and each second while something takes
// time. It has no thread: tick() is called by the one that waits.
#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "app/output/live_block.hpp"
#include "util/clock.hpp"

namespace gup {

class LiveLines {
public:
    using Frame = std::function<std::vector<std::string>(const ScreenSize& screen)>;
    // Writes the text of `frame` to `out`, which is a terminal.
    LiveLines(std::FILE* out, Frame frame, const Clock& clock = system_clock())
        : out_(out), frame_(std::move(frame)), clock_(clock) {}
    ~LiveLines() { stop(); }
    LiveLines(const LiveLines&) = delete;
    LiveLines& operator=(const LiveLines&) = delete;

    // Its frame has changed: draws it now, or by a tick when the last drawing was just before.
    void changed();
    // Draws what is due. Returns the time until the next is.
    Milliseconds tick();
    // Writes `text` (with its newline) above the lines.
    void print_above(const std::string& text);
    // Removes the lines.
    void stop();

private:
    void erase();
    void draw();

    std::FILE* out_;
    Frame frame_;
    const Clock& clock_;
    std::vector<std::string> drawn_;
    bool is_due_ = false;
    bool is_first_ = true;
    Milliseconds last_{0};
};

// Of the terminal behind a descriptor; 80 by 24 if it does not tell.
[[nodiscard]] ScreenSize screen_size(int descriptor);

}  // namespace gup

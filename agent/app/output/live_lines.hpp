// A block of lines at the bottom of a terminal, redrawn in place: one for each active connector.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <vector>

namespace gup {

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

}  // namespace gup

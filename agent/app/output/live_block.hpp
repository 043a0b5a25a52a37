// SPDX-License-Identifier: Apache-2.0
// The lines of a live display: one for each connector that something is done with, with the time that it takes. It draws
// nothing itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "connector/settings.hpp"
#include "util/clock.hpp"

namespace gup {

struct ScreenSize {
    std::size_t columns = 80;
    std::size_t rows = 24;
};

// The cost of a connector's update: the time in which something was done with it, and the bytes that it fetched.
struct Cost {
    Milliseconds time{0};
    std::uint64_t bytes = 0;
};

// "12 s", "3 min 5 s": whole seconds.
[[nodiscard]] std::string whole_seconds(Milliseconds time);
// "fetching 1.2 MiB (12 s)", "no answer, try 2 of 4 in 3 s": an activity that began at `since` and was told at `told`.
[[nodiscard]] std::string activity_text(const Activity& activity, Milliseconds since, Milliseconds told,
                                        Milliseconds now);

class LiveBlock {
public:
    // The clock outlives it.
    explicit LiveBlock(const Clock& clock) : clock_(clock) {}

    void start(const std::vector<std::string>& names);
    void set(const std::string& name, const Activity& activity);
    // Removes it.
    Cost finish(const std::string& name);
    void clear() { lines_.clear(); }

    [[nodiscard]] bool empty() const { return lines_.empty(); }
    // At most rows - 2 lines of at most columns - 1 columns. Connectors with nothing to do are not there; when there is no
    // room for all, those that wait for their turn are left out first. The last line tells how many are not shown.
    [[nodiscard]] std::vector<std::string> frame(const ScreenSize& screen) const;

private:
    struct Line {
        std::string name;
        Activity activity{};
        Milliseconds since{0};  // start of this step
        Milliseconds told{0};
        Cost cost{};
        std::uint64_t step_bytes = 0;  // the most that this step told
    };
    void count(Line& line) const;

    const Clock& clock_;
    std::vector<Line> lines_;
};

}  // namespace gup

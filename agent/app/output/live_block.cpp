// SPDX-License-Identifier: Apache-2.0
#include "app/output/live_block.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "util/printable.hpp"
#include "util/text_width.hpp"
#include "util/units.hpp"

namespace gup {
namespace {

constexpr Milliseconds worth_telling{2'000};

// Lines of an installer belong to one step: "installing: Collecting six", "installing: Downloading six".
std::string_view step_of(std::string_view what) {
    return what.substr(0, what.find(": "));
}

bool is_waiting(const Activity& activity) {
    return activity.what == waiting_for_turn;
}

std::string fitted(const std::string& text, const ScreenSize& screen) {
    return std::string(width_prefix(text, std::max<std::size_t>(screen.columns, 2) - 1));
}

}  // namespace

std::string whole_seconds(Milliseconds time) {
    const auto seconds = std::max<std::int64_t>(time.count() / 1000, 0);
    return seconds < 60 ? fmt::format("{} s", seconds) : format_duration(Milliseconds{seconds * 1000});
}

std::string activity_text(const Activity& activity, Milliseconds since, Milliseconds told, Milliseconds now) {
    std::string text = printable(activity.what);
    if (activity.bytes > 0) text += " " + format_size(activity.bytes);
    if (activity.wait.count() > 0) {
        const Milliseconds left = std::max(told + activity.wait - now, Milliseconds{1});
        return text + " in " + whole_seconds(left + Milliseconds{999});
    }
    if (now - since >= worth_telling) text += fmt::format(" ({})", whole_seconds(now - since));
    return text;
}

void LiveBlock::start(const std::vector<std::string>& names) {
    const Milliseconds now = clock_.monotonic();
    for (const std::string& name : names) {
        const bool is_there =
            std::any_of(lines_.begin(), lines_.end(), [&](const Line& one) { return one.name == name; });
        if (!is_there) lines_.push_back({name, {}, now, now, {}, 0});
    }
}

void LiveBlock::set(const std::string& name, const Activity& activity) {
    const auto line = std::find_if(lines_.begin(), lines_.end(), [&](const Line& one) { return one.name == name; });
    if (line == lines_.end()) return;
    const bool is_same = step_of(line->activity.what) == step_of(activity.what) && line->activity.wait == activity.wait;
    count(*line);
    line->activity = activity;
    line->told = clock_.monotonic();
    if (!is_same) {
        line->since = line->told;
        line->cost.bytes += std::exchange(line->step_bytes, 0);
    }
    line->step_bytes = std::max(line->step_bytes, activity.bytes);
}

// The time since the last news belongs to what was done then.
void LiveBlock::count(Line& line) const {
    if (!line.activity.what.empty() && !is_waiting(line.activity)) line.cost.time += clock_.monotonic() - line.told;
}

Cost LiveBlock::finish(const std::string& name) {
    const auto line = std::find_if(lines_.begin(), lines_.end(), [&](const Line& one) { return one.name == name; });
    if (line == lines_.end()) return {};
    count(*line);
    const Cost cost{line->cost.time, line->cost.bytes + line->step_bytes};
    lines_.erase(line);
    return cost;
}

std::vector<std::string> LiveBlock::frame(const ScreenSize& screen) const {
    const Milliseconds now = clock_.monotonic();
    const std::size_t room = screen.rows > 3 ? screen.rows - 2 : 1;
    std::vector<const Line*> shown;
    for (const Line& line : lines_) {
        if (!line.activity.what.empty()) shown.push_back(&line);
    }
    const bool is_all = shown.size() == lines_.size();
    if (shown.size() + (is_all ? 0 : 1) > room) {
        std::stable_partition(shown.begin(), shown.end(), [](const Line* line) { return !is_waiting(line->activity); });
        shown.resize(std::min(shown.size(), room > 1 ? room - 1 : 1));
    }
    std::vector<std::string> frame;
    for (const Line* line : shown) {
        const std::string text = activity_text(line->activity, line->since, line->told, now);
        frame.push_back(fitted(fmt::format("{}: {}", printable(line->name), text), screen));
    }
    const std::size_t others = lines_.size() - shown.size();
    if (others > 0 && !shown.empty() && shown.size() < room) {
        frame.push_back(fitted(fmt::format("… and {} other{}", others, others == 1 ? "" : "s"), screen));
    }
    return frame;
}

}  // namespace gup

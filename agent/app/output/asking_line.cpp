// SPDX-License-Identifier: Apache-2.0
#include "app/output/asking_line.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "app/output/display.hpp"
#include "util/printable.hpp"
#include "util/sys/signals.hpp"
#include "util/text_width.hpp"

namespace gup {
namespace {

// A quick answer needs no line.
constexpr Milliseconds before_first_line{300};
constexpr Milliseconds worth_seconds{1'000};

bool asks(const Activity& activity) {
    return activity.what == asking_remote || activity.wait.count() > 0;
}

}  // namespace

void AskingText::set(const std::string& connector, const Activity& activity) {
    const Milliseconds now = clock_.monotonic();
    Entry& entry = entries_[connector];
    const bool goes_on = (asks(entry.activity) && asks(activity)) || entry.activity.what == activity.what;
    if (!goes_on || entry.told.count() == 0) entry.since = now;
    entry.activity = activity;
    entry.told = now;
    entry.is_asked = entry.is_asked || asks(activity);
}

// The connector that has taken longest.
const std::pair<const std::string, AskingText::Entry>* AskingText::first(bool is_asked) const {
    const std::pair<const std::string, Entry>* found = nullptr;
    for (const auto& entry : entries_) {
        const std::string& what = entry.second.activity.what;
        const bool is_it =
            is_asked ? asks(entry.second.activity)
                     : !asks(entry.second.activity) && !what.empty() && what != waiting_for_turn && what != "no answer";
        if (is_it && (found == nullptr || entry.second.since < found->second.since)) found = &entry;
    }
    return found;
}

std::string AskingText::text() const {
    const Milliseconds now = clock_.monotonic();
    const auto count = [&](auto&& is_one) { return std::count_if(entries_.begin(), entries_.end(), is_one); };
    const auto all = count([](const auto& one) { return one.second.is_asked; });
    const auto left = count([](const auto& one) { return asks(one.second.activity); });
    if (const auto* slow = first(true)) {
        std::string text = fmt::format("asking {} remote{}", all, all == 1 ? "" : "s");
        if (all != 1) text += fmt::format(", {} left", left);
        text += fmt::format(" ({}", printable(slow->first));
        if (slow->second.activity.wait.count() > 0) {
            const Entry& entry = slow->second;
            return text + ": " + activity_text(entry.activity, entry.since, entry.told, now) + ")";
        }
        if (now - slow->second.since >= worth_seconds) text += " " + whole_seconds(now - slow->second.since);
        return text + ")";
    }
    if (const auto* busy = first(false)) {
        const Entry& entry = busy->second;
        return fmt::format("{}: {}", printable(busy->first),
                           activity_text(entry.activity, entry.since, entry.told, now));
    }
    return {};
}

AskingLine::AskingLine(const CommandLine& line) : text_(system_clock()), begun_(system_clock().monotonic()) {
    if (line.form == OutputForm::json || line.verbosity == Verbosity::verbose || !is_terminal(STDERR_FILENO)) return;
    lines_ = std::make_unique<LiveLines>(stderr, [this](const ScreenSize& screen) {
        std::vector<std::string> frame;
        if (system_clock().monotonic() - begun_ < before_first_line) return frame;
        const std::string text = stop_requested() ? "stopping" : text_.text();
        if (!text.empty()) frame.emplace_back(width_prefix(text, std::max<std::size_t>(screen.columns, 2) - 1));
        return frame;
    });
    log::forward_to([this](log::Level level, std::string_view connector, std::string_view message, log::Reach reach) {
        kept_.push_back({level, std::string(connector), std::string(message), reach});
    });
}

RunEvents AskingLine::events() {
    RunEvents events;
    if (!lines_) return events;
    events.activity = [this](const std::string& connector, const Activity& activity) {
        text_.set(connector, activity);
        lines_->changed();
    };
    events.tick = [this] { return std::min(lines_->tick(), before_first_line); };
    return events;
}

void AskingLine::stop() {
    if (!lines_) return;
    lines_->stop();
    lines_.reset();
    log::forward_to({});
    for (const auto& [level, connector, text, reach] : kept_) {
        reach == log::Reach::file ? log::record(level, connector, text) : log::write(level, connector, text);
    }
}

}  // namespace gup

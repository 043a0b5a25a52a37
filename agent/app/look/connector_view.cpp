// SPDX-License-Identifier: Apache-2.0
#include "app/look/connector_view.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "core/short_id.hpp"

namespace gup {
namespace {

constexpr std::string_view hold_words = "on hold";

std::string state_of(const ConnectorView& view) {
    if (!view.is_known) return view.hold ? "held" : "new";
    if (!view.is_there) return "removed";
    if (view.hold) return "held";
    const Outcome outcome = view.status.report.outcome;
    return outcome == Outcome::unchanged ? "ok" : display(outcome);
}

std::string actions_text(const ConnectorReport& report) {
    std::string text = fmt::format("{}", fmt::join(report.actions, "; "));
    if (text.empty() && !report.reason.empty()) text = report.reason;
    return text;
}

// What is worth a look, although all is well.
std::string note_of(const ConnectorReport& report) {
    if (report.held_back.empty()) return {};
    const std::size_t count = report.held_back.size();
    const auto& first = report.held_back.front().requirement;
    if (count == 1) return fmt::format("{} {} is not available", first.name, first.version);
    return fmt::format("{} pins are not available", count);
}

std::string detail_of(const ConnectorView& view) {
    const ConnectorReport& report = view.status.report;
    if (view.is_known && !view.is_there) return "its folder is gone: the next run forgets it";
    if (view.hold) return display(*view.hold);
    if (!view.is_known) return "no run has seen it yet";
    if (report.outcome == Outcome::updated) return actions_text(report);
    if (report.outcome == Outcome::unchanged) return note_of(report);
    if (report.reason.starts_with(hold_words)) return "no longer on hold: the next run looks at it";
    return report.reason;
}

std::string version_of(const ConnectorReport& report, const std::string& release) {
    if (report.commit.empty()) return release;
    const std::string commit = short_id(report.commit);
    return report.branch.empty() ? commit : fmt::format("{} {}", report.branch, commit);
}

}  // namespace

ConnectorView view_connector(const std::string& name, const ViewSources& sources,
                             const std::optional<LastRun>& last_run) {
    ConnectorView view;
    view.is_known = sources.status != nullptr;
    view.is_there = sources.is_there;
    if (sources.status != nullptr) view.status = *sources.status;
    if (sources.hold != nullptr) view.hold = *sources.hold;
    view.status.report.name = name;
    view.time = view.is_known ? last_seen(view.status, last_run) : 0;
    if (view.is_known && succeeded(view.status) && view.time > view.status.since) {
        view.status.report.outcome = Outcome::unchanged;
        view.status.last_success = view.time;
    }
    view.state = state_of(view);
    view.detail = detail_of(view);
    view.version = version_of(view.status.report, sources.release);
    return view;
}

ExitCode judge_views(const std::vector<ConnectorView>& views) {
    RunReport run;
    for (const ConnectorView& view : views) {
        if (!view.is_known || !view.is_there) continue;
        run.connectors.push_back(view.status.report);
        if (!view.hold && is_rolled_back(view.status.report)) run.connectors.back().outcome = Outcome::rolled_back;
        if (!view.hold) continue;
        run.connectors.back().outcome = Outcome::skipped;
        run.connectors.back().unreachable = false;
    }
    return run.exit_code();
}

std::string count_views(const std::vector<ConnectorView>& views) {
    constexpr std::array<std::string_view, 10> states{"ok",       "updated", "failed", "rolled back", "blocked",
                                                      "deferred", "skipped", "held",   "new",         "removed"};
    if (views.empty()) return "no connectors";
    std::string text = views.size() == 1 ? "1 connector" : fmt::format("{} connectors", views.size());
    std::string_view separator = ": ";
    for (const std::string_view state : states) {
        const auto count =
            std::count_if(views.begin(), views.end(), [&](const ConnectorView& one) { return one.state == state; });
        if (count == 0) continue;
        text += fmt::format("{}{} {}", separator, count, state);
        separator = ", ";
    }
    return text;
}

}  // namespace gup

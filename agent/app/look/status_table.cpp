// SPDX-License-Identifier: Apache-2.0
#include "app/look/status_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "app/command/identity.hpp"
#include "host/reboot.hpp"
#include "status/time_words.hpp"
#include "update/maintenance_window.hpp"
#include "util/printable.hpp"
#include "util/text.hpp"
#include "util/text_width.hpp"
#include "util/units.hpp"

namespace gup {
namespace {

constexpr std::size_t fixed_columns = 4;  // without the detail
constexpr std::size_t narrowest_detail = 16;
constexpr int most_notes = 5;  // connectors

// One line of at most `columns` columns.
std::string cut(const std::string& text, std::size_t columns) {
    if (columns == 0 || text_width(text) <= columns) return text;
    return std::string(trimmed(width_prefix(text, columns - 1))) + "…";
}

// The columns that the rows need before the detail.
std::size_t width_before_detail(const std::vector<std::vector<Cell>>& rows) {
    std::size_t used = 0;
    for (std::size_t i = 0; i < fixed_columns; ++i) {
        std::size_t width = 0;
        for (const auto& row : rows) width = std::max(width, text_width(row[i].text));
        used += width + 2;
    }
    return used;
}

// One line for each row. On a narrow terminal the detail has a line of its own, and the time is left out.
void fit(std::vector<std::vector<Cell>>& rows, std::size_t columns) {
    constexpr std::ptrdiff_t changed_column = 3;
    constexpr std::size_t indent = 2;
    const std::size_t used = width_before_detail(rows);
    if (columns == 0) return;
    const bool is_narrow = used + narrowest_detail > columns;
    const std::size_t room = is_narrow ? columns - std::min(columns, indent) : columns - used;
    for (auto& row : rows) {
        row.back().text = cut(row.back().text, room);
        if (is_narrow) row.erase(row.begin() + changed_column);
    }
    if (is_narrow) rows.front().back().text.clear();
}

std::string forecast_text(const RunForecast& forecast, const Sheet& sheet) {
    if (forecast.next && forecast.next->time == 0) return fmt::format("next run by {}", forecast.next->place);
    if (forecast.next) {
        return fmt::format("next run {} ({})", coming_text(forecast.next->time, sheet.now, sheet.zone),
                           forecast.next->by);
    }
    return forecast.is_known ? "no next run: nothing starts one (gup-agent doctor)" : "next run unknown to this user";
}

std::string names_text(const RebootRequest& request) {
    std::vector<std::string> names;
    for (const RebootedConnector& one : request.connectors) names.push_back(printable(one.name));
    return fmt::format("{}", fmt::join(names, ", "));
}

std::string reboot_text(const RebootRequest& request) {
    const std::string names = names_text(request);
    if (judge_reboot(request, read_boot().value_or(request.boot_id)) == RebootVerdict::happened) {
        return fmt::format("rebooted, as requested at {}; the next run checks the connectors{}{}",
                           format_time(request.time), names.empty() ? "" : ": ", names);
    }
    std::string text = fmt::format("the reboot requested at {} has not happened{}{}", format_time(request.time),
                                   names.empty() ? "" : "; waiting: ", names);
    if (!request.failure.empty()) text += fmt::format("\n  {}", printable(request.failure));
    return text;
}

void add_line(std::string& text, const std::string& line, std::size_t columns) {
    if (!line.empty()) text += wrapped(line, columns, 2) + "\n";
}

// Below the table: what to do about connectors that need it.
std::string notes_text(const Overview& overview, const Sheet& sheet) {
    std::string text;
    int told = 0;
    for (const ConnectorView& view : overview.views) {
        const bool is_well = view.state == "ok" || view.state == "updated" || !view.is_known || !view.is_there;
        if (is_well || view.hold || ++told > most_notes) continue;
        std::vector<std::string> notes = notes_on(view.status.report, sheet);
        if (!view.status.report.hint.empty()) notes.push_back("hint: " + printable(view.status.report.hint));
        for (const std::string& note : notes) {
            add_line(text, fmt::format("{}: {}", printable(view.name()), note), sheet.columns);
        }
    }
    if (told > 0) add_line(text, "gup-agent status NAME says more", sheet.columns);
    return text;
}

}  // namespace

std::string time_or_never(UnixTime time) {
    return time == 0 ? "never" : format_time(time);
}

std::optional<UnixTime> opening_of(const Waiting& waiting, const std::string& window_zone, UnixTime now) {
    UpdateWindow window;
    const bool has_hours = !waiting.window.empty() && set_hours(window, waiting.window).ok();
    const bool has_days = !waiting.days.empty() && set_days(window, waiting.days).ok();
    const auto zone = TimeZone::load(window_zone);
    if ((!has_hours && !has_days) || !zone.ok()) return std::nullopt;
    return next_opening(window, *zone, now);
}

std::vector<std::string> notes_on(const ConnectorReport& report, const Sheet& sheet) {
    std::vector<std::string> notes;
    if (report.waiting) {
        const auto opens = opening_of(*report.waiting, sheet.window_zone, sheet.now);
        const std::string since = "waits since " + time_or_never(report.waiting->since);
        notes.push_back(opens ? fmt::format("{}; its window opens at {}", since, time_or_never(*opens))
                              : fmt::format("{}, until {} at the latest", since, time_or_never(report.waiting->until)));
    }
    for (const QuarantinedRelease& entry : report.quarantine) {
        notes.push_back(
            fmt::format("in quarantine since {}: {}", time_or_never(entry.since), printable(display(entry))));
    }
    const std::string retry = report.quarantine.empty() ? "" : quarantine_hint(report.quarantine.front(), report.name);
    if (!retry.empty() && report.hint != retry) notes.push_back(printable(retry));
    return notes;
}

Tone tone_of_state(const std::string& state) {
    if (state == "ok") return Tone::plain;
    if (state == "updated") return Tone::good;
    if (state == "new" || state == "removed") return Tone::faint;
    if (state == "failed" || state == "rolled back" || state == "blocked") return Tone::bad;
    return Tone::caution;
}

std::string header_text(const Overview& overview, const Sheet& sheet) {
    std::string text;
    add_line(text,
             fmt::format("gateway {} · {} · gup-agent {} · {}", printable(overview.host),
                         printable(overview.root.string()), own_version(), forecast_text(overview.forecast, sheet)),
             sheet.columns);
    const RunningRun& running = overview.running;
    if (running.pid != 0) {
        const std::string since =
            running.since == 0 ? "" : " since " + local_text(running.since, sheet.zone).substr(11);
        add_line(text, fmt::format("a run is active{} (process {})", since, running.pid), sheet.columns);
    }
    return text;
}

std::string remarks_text(const Overview& overview, const Sheet& sheet) {
    std::string text;
    if (overview.reboot) add_line(text, reboot_text(*overview.reboot), sheet.columns);
    add_line(text, printable(overview.lost_run), sheet.columns);
    if (!overview.unread.empty()) add_line(text, printable(overview.unread), sheet.columns);
    if (!overview.running.is_known) add_line(text, "only root can see whether a run is active", sheet.columns);
    return text;
}

std::string last_run_text(const Overview& overview, const Sheet& sheet) {
    if (!overview.last_run) return "no run yet";
    const LastRun& run = *overview.last_run;
    const std::string took =
        run.seconds == 0 ? "" : fmt::format(", {}", format_duration(Milliseconds{run.seconds * 1000}));
    return fmt::format("last run {} ({}{})", local_text(run.time, sheet.zone),
                       ago_text(run.time, sheet.now, sheet.zone), took);
}

std::string status_table(const Overview& overview, const Sheet& sheet) {
    std::string text = header_text(overview, sheet);
    std::vector<std::vector<Cell>> rows{{{"CONNECTOR", Tone::faint},
                                         {"STATE", Tone::faint},
                                         {"VERSION", Tone::faint},
                                         {"CHANGED", Tone::faint},
                                         {"DETAIL", Tone::faint}}};
    for (const ConnectorView& view : overview.views) {
        const std::string changed = view.is_known ? ago_text(view.status.since, sheet.now, sheet.zone) : "-";
        rows.push_back({{printable(view.name())},
                        {view.state, tone_of_state(view.state)},
                        {view.version.empty() ? "-" : printable(view.version)},
                        {changed},
                        {printable(view.detail)}});
    }
    fit(rows, sheet.columns);
    Table table(sheet.columns, sheet.colour);
    for (auto& row : rows) table.add(std::move(row));
    if (!overview.views.empty()) text += table.text();
    add_line(text, fmt::format("{} · {}", count_views(overview.views), last_run_text(overview, sheet)), sheet.columns);
    return text + notes_text(overview, sheet) + remarks_text(overview, sheet);
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "app/command/status_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/command/commands.hpp"
#include "app/output/display.hpp"
#include "app/output/outcome_row.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "core/plan.hpp"
#include "core/short_id.hpp"
#include "host/reboot.hpp"
#include "status/last_run.hpp"
#include "status/report_json.hpp"
#include "status/status_document.hpp"
#include "update/maintenance_window.hpp"
#include "update/status_store.hpp"
#include "update/supervise/run_marker.hpp"
#include "util/printable.hpp"
#include "util/sys/lock.hpp"

namespace gup {
namespace {

using nlohmann::json;

struct Shown {
    ConnectorStatus status;
    UnixTime time = 0;  // when that outcome was last seen
};

Shown show(ConnectorStatus status, const std::optional<LastRun>& last_run) {
    Shown shown{std::move(status), 0};
    shown.time = last_seen(shown.status, last_run);
    if (succeeded(shown.status) && shown.time > shown.status.since) {
        shown.status.report.outcome = Outcome::unchanged;
        shown.status.last_success = shown.time;
    }
    return shown;
}

// The next opening of the window that an update waits for; nullopt if it waits for something else.
std::optional<UnixTime> opening(const Waiting& waiting, const std::string& time_zone) {
    UpdateWindow window;
    const bool has_hours = !waiting.window.empty() && set_hours(window, waiting.window).ok();
    const bool has_days = !waiting.days.empty() && set_days(window, waiting.days).ok();
    const auto zone = TimeZone::load(time_zone);
    if ((!has_hours && !has_days) || !zone.ok()) return std::nullopt;
    return next_opening(window, *zone, system_clock().now());
}

json shown_json(const Shown& shown, const std::string& time_zone) {
    json entry = shown.status.report;
    entry["time"] = shown.time;
    entry["since"] = shown.status.since;
    entry["last_success"] = shown.status.last_success;
    if (const auto& waiting = shown.status.report.waiting) {
        const auto opens = opening(*waiting, time_zone);
        entry["waiting"]["opens"] = opens ? json(*opens) : json(nullptr);
    }
    return entry;
}

std::string time_text(UnixTime time) {
    return time == 0 ? "never" : format_time(time);
}

void print_waiting(const Waiting& waiting, const std::string& time_zone) {
    print_text("  waits since {}", time_text(waiting.since));
    if (const auto opens = opening(waiting, time_zone)) {
        print_text("; its window opens at {}\n", time_text(*opens));
    } else {
        print_text(", until {} at the latest\n", time_text(waiting.until));
    }
}

void print_shown(const Shown& shown, bool colour, const std::string& time_zone) {
    ConnectorReport report = shown.status.report;
    report.actions.clear();
    print_text("{}\n", outcome_text(report, colour));
    if (!report.commit.empty()) {
        print_text("  {} {} since {}\n", printable(report.branch), short_id(report.commit),
                   time_text(shown.status.since));
    }
    print_text("  checked {}, last success {}\n", time_text(shown.time), time_text(shown.status.last_success));
    if (!report.requirements.empty()) print_text("  packages declared by {}\n", printable(report.requirements));
    if (report.waiting) print_waiting(*report.waiting, time_zone);
    for (const PinState& pin : report.pins) {
        std::string text = fmt::format("{} {}", pin.name, pin.wanted);
        if (pin.installed.empty()) {
            text += " (not installed)";
        } else if (pin.installed != pin.wanted) {
            text += fmt::format(" (installed: {})", pin.installed);
        }
        print_text("  {}\n", printable(text));
    }
    for (const QuarantinedRelease& entry : report.quarantine) {
        print_text("  in quarantine since {}: {}\n", time_text(entry.since), printable(display(entry)));
    }
    const std::string hint = report.quarantine.empty() ? "" : quarantine_hint(report.name);
    if (!hint.empty() && report.hint != hint) print_text("  {}\n", printable(hint));
}

Result<std::vector<Shown>> select(const StatusDocument& document, const std::vector<std::string>& names,
                                  const std::optional<LastRun>& last_run) {
    std::vector<Shown> selected;
    for (const std::string& name : names) {
        if (document.find(name) != nullptr) continue;
        return Error{ErrorCode::invalid_input, fmt::format("no run has seen a connector named {}", name),
                     "gup-agent status shows all connectors that a run has seen"};
    }
    for (const ConnectorStatus& entry : document.connectors) {
        const bool wanted = names.empty() || std::find(names.begin(), names.end(), entry.report.name) != names.end();
        if (wanted) selected.push_back(show(entry, last_run));
    }
    return selected;
}

bool has_happened(const RebootRequest& request) {
    return judge_reboot(request, read_boot().value_or(request.boot_id)) == RebootVerdict::happened;
}

std::vector<std::string> names_in(const RebootRequest& request) {
    std::vector<std::string> names;
    for (const RebootedConnector& one : request.connectors) names.push_back(one.name);
    return names;
}

json reboot_json(const std::optional<RebootRequest>& request) {
    if (!request) return nullptr;
    return {{"time", request->time},
            {"happened", has_happened(*request)},
            {"failure", request->failure},
            {"connectors", names_in(*request)}};
}

// The run that ended without its end; empty while one is going on, and when there is none.
std::string lost_run(const UpdateSettings& settings) {
    const auto holder = lock_holder(settings.state / "lock");
    if (holder.ok() && *holder > 0) return {};
    return describe_lost_run(read_run_marker(settings.state).value_or({}));
}

void print_reboot(const RebootRequest& request) {
    const std::string names = fmt::format("{}", fmt::join(names_in(request), ", "));
    if (has_happened(request)) {
        print_text("rebooted, as requested at {}; the next run checks the connectors{}{}\n", time_text(request.time),
                   names.empty() ? "" : ": ", names);
    } else {
        print_text("the reboot requested at {} has not happened{}{}\n", time_text(request.time),
                   names.empty() ? "" : "; waiting: ", names);
        if (!request.failure.empty()) print_text("  {}\n", printable(request.failure));
    }
}

}  // namespace

ExitCode status_command(const CommandLine& line, const Config& config) {
    const auto document = read_status(status_file(config.update));
    if (!document.ok()) return report_error(line, document.error());
    const auto last_run = read_last_run(config.log.file);
    const auto selected = select(*document, line.names, last_run);
    if (!selected.ok()) return report_error(line, selected.error());
    const auto reboot = read_reboot_request(config.update.state).value_or(std::nullopt);
    const std::string lost = lost_run(config.update);
    if (line.form == OutputForm::json) {
        json connectors = json::array();
        for (const Shown& shown : *selected) connectors.push_back(shown_json(shown, config.update.time_zone));
        json last = nullptr;
        if (last_run) {
            const std::string summary = summary_for_json(last_run->summary);
            last = {{"time", last_run->time}, {"summary", summary}, {"names", last_run->names}};
        }
        print_json({{"schema", json_schema},
                    {"last_run", std::move(last)},
                    {"reboot", reboot_json(reboot)},
                    {"lost_run", lost},
                    {"connectors", std::move(connectors)}});
        return ExitCode::success;
    }
    for (const Shown& shown : *selected) print_shown(shown, wants_colour(line, 1), config.update.time_zone);
    if (reboot) print_reboot(*reboot);
    if (!lost.empty()) print_text("{}\n", printable(lost));
    if (last_run)
        print_text("last run {}: {}\n", time_text(last_run->time), last_run->summary);
    else
        print_text("{}\n", config.update.quiet_noop ? "no run in the log" : "no run yet");
    if (config.update.quiet_noop) print_text("runs with nothing to do are not logged (logging.quiet-noop)\n");
    return ExitCode::success;
}

}  // namespace gup

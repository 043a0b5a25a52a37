// SPDX-License-Identifier: Apache-2.0
#include "app/command/check_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/command/commands.hpp"
#include "app/config/network.hpp"
#include "app/output/asking_line.hpp"
#include "app/output/display.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "app/output/table.hpp"
#include "update/supervise/check.hpp"
#include "util/printable.hpp"
#include "util/sys/signals.hpp"

namespace gup {
namespace {

using nlohmann::json;

ExitCode exit_code(const std::vector<CheckReport>& reports) {
    const auto any = [&](bool CheckReport::*what) {
        return std::any_of(reports.begin(), reports.end(), [&](const CheckReport& one) { return one.*what; });
    };
    if (any(&CheckReport::has_steps)) return ExitCode::something_to_do;
    const auto asks_nothing = [](const CheckReport& one) { return one.is_unreachable || one.is_skipped; };
    if (any(&CheckReport::is_unreachable) && std::all_of(reports.begin(), reports.end(), asks_nothing)) {
        return ExitCode::nothing_reachable;
    }
    return any(&CheckReport::is_failed) ? ExitCode::connector_failed : ExitCode::success;
}

Tone tone_of_line(CheckReport::Kind kind) {
    if (kind == CheckReport::Kind::problem) return Tone::bad;
    return kind == CheckReport::Kind::step ? Tone::good : Tone::plain;
}

void print_report(const CheckReport& report, std::size_t columns, bool colour) {
    constexpr std::size_t indent = 2;
    constexpr std::size_t hint_indent = 8;
    for (const auto& [subject, text, hint, kind] : report.lines) {
        const std::string said = painted(printable(text), tone_of_line(kind), colour);
        print_text("{}\n", wrapped(fmt::format("{}: {}", printable(subject), said), columns, indent));
        if (hint.empty()) continue;
        const std::string word = painted("hint:", Tone::hint, colour);
        print_text("{}\n", wrapped(fmt::format("  {} {}", word, printable(hint)), columns, hint_indent));
    }
}

// The connectors that were looked at before Ctrl-C are told, and no finding about the others.
void print_for_people(const CommandLine& line, const Config& config, const std::vector<CheckReport>& reports) {
    const std::size_t columns = columns_of(STDOUT_FILENO);
    const bool colour = wants_colour(line, STDOUT_FILENO);
    for (const CheckReport& report : reports) print_report(report, columns, colour);
    if (stop_requested()) {
        print_text("{}\n", painted(fmt::format("interrupted: {} connector{} checked, the others were not looked at",
                                               reports.size(), reports.size() == 1 ? "" : "s"),
                                   Tone::caution, colour));
    } else if (reports.empty()) {
        print_text("no connectors in {} ({})\n", printable(config.update.root.string()), printable(config.root_from));
    }
}

}  // namespace

ExitCode check_command(const CommandLine& line, const Config& config) {
    AskingLine asking(line);
    const RunEvents events = asking.events();
    const auto reports = run_check(worker_settings(config, {}), line.names, events);
    asking.stop();
    if (!reports.ok()) return report_error(line, reports.error());
    const ExitCode code = stop_requested() ? interrupted_by(stop_signal()) : exit_code(*reports);
    if (line.form == OutputForm::text) {
        print_for_people(line, config, *reports);
        return code;
    }
    json connectors = json::array();
    for (const CheckReport& report : *reports) connectors.push_back(report.document);
    print_json({{"schema", json_schema},
                {"connectors", std::move(connectors)},
                {"interrupted", stop_requested()},
                {"exit_code", static_cast<int>(code)}});
    return code;
}

}  // namespace gup

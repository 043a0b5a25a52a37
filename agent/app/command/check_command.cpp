// SPDX-License-Identifier: Apache-2.0
#include "app/command/check_command.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/command/commands.hpp"
#include "app/config/network.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "update/supervise/check.hpp"
#include "util/printable.hpp"

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

void print_report(const CheckReport& report) {
    for (const auto& [subject, text, hint] : report.lines) {
        print_text("{}: {}\n", printable(subject), printable(text));
        if (!hint.empty()) print_text("  hint: {}\n", printable(hint));
    }
}

}  // namespace

ExitCode check_command(const CommandLine& line, const Config& config) {
    const auto reports = run_check(worker_settings(config, {}), line.names, {});
    if (!reports.ok()) return report_error(line, reports.error());
    const ExitCode code = exit_code(*reports);
    if (line.form == OutputForm::text) {
        for (const CheckReport& report : *reports) print_report(report);
        if (reports->empty()) print_text("no connectors\n");
        return code;
    }
    json connectors = json::array();
    for (const CheckReport& report : *reports) connectors.push_back(report.document);
    print_json({{"schema", json_schema}, {"connectors", std::move(connectors)}, {"exit_code", static_cast<int>(code)}});
    return code;
}

}  // namespace gup

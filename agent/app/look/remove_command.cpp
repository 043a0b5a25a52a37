// SPDX-License-Identifier: Apache-2.0
#include "app/look/remove_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <string>

#include "app/command/commands.hpp"
#include "app/command/run_lock.hpp"
#include "app/command/update_command.hpp"
#include "app/config/network.hpp"
#include "app/look/overview.hpp"
#include "app/output/display.hpp"
#include "app/output/print_text.hpp"
#include "commands/remove.hpp"
#include "connector/scan.hpp"
#include "core/declaration/connector_name.hpp"
#include "update/supervise/recover.hpp"
#include "util/printable.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

Error no_such_connector(const std::string& name, const Config& config) {
    std::vector<std::string> known;
    if (const auto scan = scan_root(config.update); scan.ok()) {
        for (const Connector& one : scan->connectors) known.push_back(one.name);
    }
    return unknown_connector(name, known);
}

// The table of the configuration, which would bring a declared connector back.
std::string table_of(const std::string& name, const Config& config) {
    for (const ConnectorSettings& one : config.connectors) {
        if (one.name != name) continue;
        const std::string place = fmt::format("{}:{}", config.file.string(), one.line);
        return one.is_declared ? fmt::format(
                                     "{} declares it: take its [[connector]] out, or the next run installs it "
                                     "again",
                                     place)
                               : fmt::format("{} has settings for it: take its [[connector]] out", place);
    }
    return {};
}

void print_plan(const std::string& name, const RemovalPlan& plan, const Config& config) {
    print_text("This removes {}:\n", printable(name));
    for (const std::string& one : plan.removed) print_text("  {}\n", printable(one));
    if (!plan.kept.empty()) print_text("This stays:\n");
    for (const std::string& one : plan.kept) print_text("  {}\n", printable(one));
    if (!plan.local_work.empty()) print_text("Lost for good: {}\n", printable(plan.local_work));
    if (const std::string table = table_of(name, config); !table.empty()) print_text("Note: {}\n", printable(table));
    if (!plan.service.empty()) {
        print_text("Note: {0} is not stopped: systemctl disable --now {0}\n", printable(plan.service));
    }
}

bool is_confirmed(const std::string& name) {
    print_text("Remove {}? [y/N] ", printable(name));
    std::fflush(stdout);
    std::string answer;
    std::getline(std::cin, answer);
    const std::string said = lower(trimmed(answer));
    return said == "y" || said == "yes";
}

Status check_local_work(const RemovalRequest& request, const RemovalPlan& plan) {
    if (plan.local_work.empty() || request.is_forced) return {};
    return Error{ErrorCode::conflict, fmt::format("{} has local work: {}", request.name, plan.local_work),
                 fmt::format("commit and push it; gup-agent remove {0} --keep-data leaves the folder; gup-agent remove "
                             "{0} --force loses it",
                             request.name)};
}

Result<RunReport> remove_under_lock(const CommandLine& line, const Config& config, const RemovalRequest& request,
                                    const RunEvents& events) {
    GUP_TRY(const auto lock, take_turn_lock(config.update));
    GUP_CHECK(recover_named(config.update, request.name));
    const UpdateSettings settings = settings_to_switch(line, config, {});
    GUP_TRY(const RemovalPlan plan, plan_removal(settings, request));
    GUP_CHECK(check_local_work(request, plan));
    return run_remove(settings, request, plan, events);
}

}  // namespace

ExitCode remove_command(const CommandLine& line, const Config& config) {
    const RemovalRequest request{line.names.front(), line.removal.keeps_data, line.removal.is_forced};
    const bool is_name = !request.name.empty() && request.name.front() != '.' && !contains(request.name, "/");
    if (!is_name) return report_error(line, no_such_connector(request.name, config));
    const auto plan = plan_removal(worker_settings(config, {}), request);
    if (!plan.ok() && !is_there(config.update.root / request.name) && !check_new_name(request.name).ok()) {
        return report_error(line, no_such_connector(request.name, config));
    }
    if (!plan.ok()) return report_error(line, plan.error());
    if (plan->empty() && plan->kept.empty()) {
        const std::string table = table_of(request.name, config);
        if (table.empty()) return report_error(line, no_such_connector(request.name, config));
        return report_error(line, {ErrorCode::invalid_input, fmt::format("{} is not installed", request.name), table});
    }
    if (const Status free = check_local_work(request, *plan); !free.ok()) return report_error(line, free.error());
    const bool can_ask = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
    if (line.form == OutputForm::text) print_plan(request.name, *plan, config);
    if (!line.removal.is_confirmed) {
        if (line.form == OutputForm::json || !can_ask) {
            return report_error(line, {ErrorCode::invalid_input, "nothing is removed without a confirmation",
                                       fmt::format("gup-agent remove {} --yes", request.name)});
        }
        if (!is_confirmed(request.name)) {
            print_text("nothing was removed\n");
            return ExitCode::connector_failed;
        }
    }
    const auto display = make_display(line);
    const RunEvents events = display->events();
    const auto report = remove_under_lock(line, config, request, events);
    if (!report.ok()) return report_error(line, report.error());
    if (events.started) events.started({request.name});
    if (events.finished) events.finished(report->connectors.front());
    display->end(*report);
    return ExitCode::success;
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "app/setup/setup_commands.hpp"

#include <fmt/format.h>

#include "app/command/commands.hpp"
#include "app/command/run_lock.hpp"
#include "app/output/print_text.hpp"
#include "app/setup/take_over_script.hpp"
#include "app/setup/uninstall.hpp"
#include "app/support/support.hpp"
#include "util/printable.hpp"
#include "util/units.hpp"

namespace gup {
namespace {

std::string shown(const fs::path& path) {
    return printable(path.string());
}

void print_changes(const CrontabEdit& edit) {
    for (const CrontabChange& change : edit.changes) {
        print_text("- {}\n", printable(change.before));
        if (!change.after.empty()) print_text("+ {}\n", printable(change.after));
    }
}

void print_plan(const UninstallPlan& plan) {
    print_text("would be removed:\n");
    for (const fs::path& path : plan.remove) print_text("  {}\n", shown(path));
    if (plan.crontab) {
        for (const CrontabChange& change : plan.crontab->changes) {
            print_text("  the crontab's line: {}\n", printable(change.before));
        }
    }
    if (!plan.keep.empty()) print_text("would stay:\n");
    for (const fs::path& path : plan.keep) print_text("  {}\n", shown(path));
    print_text("The connectors, their virtualenvs and their generations stay in any case. Add --yes to do it.\n");
}

}  // namespace

ExitCode support_command(const CommandLine& line, const Config& config) {
    SupportRequest request;
    request.output = line.support_file;
    if (!line.config.empty()) request.options.insert(request.options.end(), {"--config", line.config.string()});
    if (!line.root.empty()) request.options.insert(request.options.end(), {"--root", line.root.string()});
    const auto file = write_support_file(config, request);
    if (!file.ok()) return report_error(line, file.error());
    const auto info = file_info(file->path);
    const std::uint64_t size = info.ok() && *info ? (*info)->size : 0;
    print_text("wrote {} ({} files, {})\nSecrets are masked. Look at it before you send it: tar -xzf {}\n",
               shown(file->path), file->names.size(), format_size(size), shown(file->path));
    return ExitCode::success;
}

ExitCode self_uninstall_command(const CommandLine& line, const Config& config) {
    const auto plan = plan_uninstall(config, line.purges ? OperatorFiles::removed : OperatorFiles::kept);
    if (!plan.ok()) return report_error(line, plan.error());
    if (!line.is_certain) {
        print_plan(*plan);
        return ExitCode::success;
    }
    const auto lock = take_turn_lock(config.update);
    if (!lock.ok()) return report_error(line, lock.error());
    if (const auto status = uninstall(config, *plan); !status.ok()) return report_error(line, status.error());
    print_text("removed {}; the connectors in {} stay\n", shown(config.executable), shown(config.update.root));
    for (const fs::path& path : plan->keep) print_text("  {} stays\n", shown(path));
    return ExitCode::success;
}

ExitCode import_script_command(const CommandLine& line, const Config& config) {
    const auto taken = take_over_script(config);
    if (!taken.ok()) return report_error(line, taken.error());
    print_changes(taken->edit);
    for (const std::string& place : taken->elsewhere) {
        print_text("{} starts the script, too: change that line by hand\n", printable(place));
    }
    if (taken->edit.changes.empty()) {
        print_text("no line of your crontab starts client-connector-updater; nothing was changed\n");
        return ExitCode::connector_failed;
    }
    print_text("the old crontab is in {}\nnext: gup-agent check; gup-agent doctor\n", shown(taken->backup));
    return ExitCode::success;
}

}  // namespace gup

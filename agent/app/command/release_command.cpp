#include "app/command/release_command.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "app/command/commands.hpp"
#include "app/command/shown_run.hpp"
#include "app/command/update_command.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "commands/adopt.hpp"
#include "commands/release_enable.hpp"
#include "commands/release_install.hpp"
#include "commands/release_prune.hpp"

#include "util/printable.hpp"

namespace gup {
namespace {

ExitCode list_releases_command(const CommandLine& line, const Config& config) {
    const std::string& name = line.names.front();
    const auto list = read_releases(config.update, name);
    if (!list.ok()) return report_error(line, list.error());
    if (line.form == OutputForm::text) {
        for (const Generation& one : list->releases) {
            print_text("{} {}\n", one.id == list->enabled ? "*" : " ", printable(one.id));
        }
        return ExitCode::success;
    }
    nlohmann::json releases = nlohmann::json::array();
    for (const Generation& one : list->releases) {
        releases.push_back({{"id", one.id},
                            {"enabled", one.id == list->enabled},
                            {"commit", one.commit},
                            {"branch", one.branch},
                            {"installed", one.time}});
    }
    print_json({{"schema", json_schema}, {"name", name}, {"enabled", list->enabled}, {"releases", releases}});
    return ExitCode::success;
}

Result<RunReport> execute_release(const CommandLine& line, const Config& config, const Network& network,
                                  const RunEvents& events) {
    const std::string& name = line.names.front();
    if (line.command == Command::release_enable) {
        return run_release_enable(settings_to_switch(line, config, network), name, line.generation, events);
    }
    if (line.command == Command::release_prune) {
        return run_release_prune(config.update, name, line.keep.value_or(config.update.keep), events);
    }
    if (line.command == Command::adopt) return run_adopt(config.update, name, line.adopt_into, events);
    std::error_code error;
    return run_release_install(config.update, {name, line.from, line.version, fs::current_path(error)}, events);
}

}  // namespace

ExitCode release_command(const CommandLine& line, const Config& config) {
    if (line.command == Command::release_list) return list_releases_command(line, config);
    const auto report = show_run(line, config, [&](const Network& network, const RunEvents& events) {
        network.lift_data_limit();
        return execute_release(line, config, network, events);
    });
    if (report.ok() && line.form == OutputForm::text) {
        const ConnectorReport& connector = report->connectors.front();
        if (connector.outcome == Outcome::unchanged && !connector.reason.empty()) {
            print_text("{}\n", printable(connector.reason));
        }
    }
    return exit_code_of(line, report);
}

}  // namespace gup

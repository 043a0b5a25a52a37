#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "app/commands.hpp"
#include "app/display.hpp"
#include "app/network.hpp"
#include "app/output.hpp"
#include "app/print_text.hpp"
#include "update/adopt.hpp"
#include "update/release.hpp"
#include "update/run.hpp"
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

Result<RunReport> execute_release(const CommandLine& line, const Config& config, const RunEvents& events) {
    const std::string& name = line.names.front();
    if (line.command == Command::release_enable)
        return run_release_enable(config.update, name, line.generation, events);
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
    const auto lock = take_run_lock(config.update);
    if (!lock.ok()) return report_error(line, lock.error());
    const auto network = Network::start(config, Network::Learned::keep);
    if (!network.ok()) return report_error(line, network.error());
    network->lift_data_limit();
    const auto display = make_display(line);
    const RunEvents events = display->events();
    const auto report = execute_release(line, config, events);
    if (!report.ok()) return report_error(line, report.error());
    display->end(*report);
    const ConnectorReport& connector = report->connectors.front();
    if (connector.outcome == Outcome::unchanged && line.form == OutputForm::text && !connector.reason.empty()) {
        print_text("{}\n", printable(connector.reason));
    }
    return report->exit_code();
}

}  // namespace gup

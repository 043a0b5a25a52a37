#include "app/command/connector_command.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "app/command/commands.hpp"
#include "app/command/update_command.hpp"
#include "app/config/network.hpp"
#include "app/output/display.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "commands/add.hpp"
#include "commands/adopt.hpp"
#include "commands/release_enable.hpp"
#include "commands/release_install.hpp"
#include "commands/release_prune.hpp"
#include "update/rollback.hpp"
#include "update/run.hpp"
#include "util/printable.hpp"
#include "util/sys/file.hpp"
#include "util/url.hpp"

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

// Like git: a text that is not a URL but a local folder is accepted.
std::string absolute_url(const std::string& url) {
    if (parse_url(url).ok() || !is_folder(url)) return url;
    std::error_code error;
    const fs::path path = fs::absolute(url, error).lexically_normal();
    return error ? url : path.string();
}

Result<RunReport> execute(const CommandLine& line, const Config& config, const Network& network,
                          const RunEvents& events) {
    const UpdateSettings settings = settings_to_switch(line, config, network);
    if (line.command == Command::recover) return run_recover(settings, events);
    if (line.command == Command::add) {
        AddRequest request = line.add;
        request.url = absolute_url(request.url);
        return run_add(settings, request, events);
    }
    const std::string& name = line.names.front();
    if (line.command == Command::rollback) return run_rollback(settings, {name, line.generation, {}}, events);
    if (line.command == Command::release_enable) return run_release_enable(settings, name, line.generation, events);
    if (line.command == Command::release_prune) {
        return run_release_prune(settings, name, line.keep.value_or(settings.keep), events);
    }
    if (line.command == Command::adopt) return run_adopt(settings, name, line.adopt_into, events);
    std::error_code error;
    return run_release_install(settings, {name, line.from, line.version, fs::current_path(error)}, events);
}

// Fails with busy when another agent runs, as Network::start does, and as the command does; then it shows nothing.
Result<RunReport> show_run(const CommandLine& line, const Config& config) {
    GUP_TRY(const auto lock, take_run_lock(config.update));
    GUP_TRY(const auto network, Network::start(config, DataBudget::Keep::yes));
    network.lift_data_limit();
    const auto display = make_display(line);
    GUP_TRY(RunReport report, execute(line, config, network, display->events()));
    display->end(report);
    return report;
}

}  // namespace

ExitCode connector_command(const CommandLine& line, const Config& config) {
    if (line.command == Command::release_list) return list_releases_command(line, config);
    const auto report = show_run(line, config);
    if (!report.ok()) return report_error(line, report.error());
    if (line.form == OutputForm::text && line.command != Command::recover) {
        const ConnectorReport& connector = report->connectors.front();
        if (connector.outcome == Outcome::unchanged && !connector.reason.empty()) {
            print_text("{}\n", printable(connector.reason));
        }
    }
    return report->exit_code();
}

}  // namespace gup

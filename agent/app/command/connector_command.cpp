// SPDX-License-Identifier: Apache-2.0
#include "app/command/connector_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/command/commands.hpp"
#include "app/command/run_lock.hpp"
#include "app/command/update_command.hpp"
#include "app/output/display.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "commands/add.hpp"
#include "commands/adopt.hpp"
#include "commands/import_install_py.hpp"
#include "commands/release_enable.hpp"
#include "commands/release_install.hpp"
#include "commands/release_prune.hpp"
#include "connector/layout.hpp"
#include "core/release_order.hpp"
#include "core/short_id.hpp"
#include "transaction/journal.hpp"
#include "update/rollback.hpp"
#include "update/supervise/owner_workers.hpp"
#include "update/supervise/run.hpp"
#include "util/clock.hpp"
#include "util/json.hpp"
#include "util/printable.hpp"
#include "util/sys/file.hpp"
#include "util/sys/signals.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

Result<ReleaseList> list_as_owner(const UpdateSettings& settings, const std::string& name) {
    GUP_TRY(const Owner owner, find_owner(settings, name));
    OwnerJob job{owner, {name}, {}, {}, NeedsNetwork::no};
    job.work = [&name](const UpdateSettings& own, const RunEvents&) -> Result<nlohmann::json> {
        GUP_TRY(const ReleaseList list, read_releases(own, name));
        nlohmann::json releases = nlohmann::json::array();
        for (const Generation& one : list.releases) {
            releases.push_back({{"id", one.id},
                                {"sequence", one.sequence},
                                {"commit", one.commit},
                                {"branch", one.branch},
                                {"time", one.time}});
        }
        return nlohmann::json{{"enabled", list.enabled}, {"releases", std::move(releases)}};
    };
    GUP_TRY(const auto value, work_as_owner(settings, {}, std::move(job)));
    ReleaseList list;
    list.enabled = text_member(value, "enabled");
    for (const auto& one : array_member(value, "releases")) {
        Generation release;
        release.id = text_member(one, "id");
        release.sequence = number_member(one, "sequence");
        release.commit = text_member(one, "commit");
        release.branch = text_member(one, "branch");
        release.time = number_member(one, "time");
        list.releases.push_back(std::move(release));
    }
    return list;
}

// "* 2.1  2026-11-21T02:00:13+0100  e9b167f": the id, when it was installed, and its commit.
void print_releases(const ReleaseList& list) {
    std::size_t width = 0;
    for (const Generation& one : list.releases) width = std::max(width, one.id.size());
    for (const Generation& one : list.releases) {
        const std::string commit = one.commit.empty() ? "-" : short_id(one.commit);
        print_text("{} {:<{}}  {}  {}\n", one.id == list.enabled ? "*" : " ", printable(one.id), width,
                   format_time(one.time), printable(commit));
    }
}

ExitCode list_releases_command(const CommandLine& line, const Config& config) {
    const std::string& name = line.names.front();
    auto list = list_as_owner(config.update, name);
    if (!list.ok()) return report_error(line, with_near_name(list.error(), name, config));
    sort_releases(list->releases, line.release_order);
    if (line.form == OutputForm::text) {
        if (list->releases.empty()) {
            const bool is_checkout =
                is_folder(config.update.root / name) && !is_releases_layout(config.update.root, name);
            print_text("{} has no releases: gup-agent {} {} makes one\n", printable(name),
                       is_checkout ? "adopt" : "release install", printable(name));
        }
        print_releases(*list);
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

Result<RunReport> execute(const CommandLine& line, const UpdateSettings& settings, const RunEvents& events) {
    if (line.command == Command::recover) return run_recover(settings, events);
    if (line.command == Command::add) {
        AddRequest request = line.add;
        request.url = absolute_url(request.url);
        return run_add(settings, request, events);
    }
    std::error_code error;
    const fs::path here = fs::current_path(error);
    if (line.command == Command::import_install_py) {
        ImportRequest request = line.import;
        request.workdir = here / request.workdir;
        return run_import_install_py(settings, request, events);
    }
    const std::string& name = line.names.front();
    return run_as_owner(settings, events, name, [&](const UpdateSettings& own, const RunEvents& told) {
        if (line.command == Command::rollback) return run_rollback(own, {name, line.generation, {}}, told);
        const ReleaseRequest wanted{name, line.from, line.version, here, line.replaces};
        if (line.command == Command::release_enable) return run_release_enable(own, wanted, told);
        if (line.command == Command::release_prune) {
            return run_release_prune(own, name, line.keep.value_or(own.keep), told);
        }
        if (line.command == Command::adopt) return run_adopt(own, name, line.adopt_into, told);
        return run_release_install(own, wanted, told);
    });
}

// A worker gets another signal than the agent.
void note_interruption(RunReport& report, const UpdateSettings& settings) {
    // A hook that a signal ended blocks the switch.
    const auto is_failed = [](const ConnectorReport& one) {
        return one.outcome == Outcome::failed || one.outcome == Outcome::blocked;
    };
    const auto is_undone = [&](const ConnectorReport& one) {
        return is_failed(one) || one.outcome == Outcome::rolled_back;
    };
    report.interrupted = stop_requested() && std::any_of(report.connectors.begin(), report.connectors.end(), is_undone);
    if (!report.interrupted) return;
    report.signal = stop_signal();
    report.selected = report.connectors.size();
    const std::string stopped = std::find_if(report.connectors.begin(), report.connectors.end(), is_undone)->name;
    std::erase_if(report.connectors, is_failed);
    for (const std::string& name : journals(settings.state)) {
        if (name == stopped) report.unfinished.push_back(name);
    }
}

// Fails with busy when another agent runs, and as the command does; then it shows nothing.
Result<RunReport> show_run(const CommandLine& line, const Config& config) {
    GUP_TRY(const auto lock, take_turn_lock(config.update));
    const auto display = make_display(line);
    const UpdateSettings settings = settings_to_switch(line, config, {DataBudget::Keep::yes, false});
    const RunEvents events = display->events();
    GUP_TRY(RunReport report, execute(line, settings, events));
    note_interruption(report, settings);
    display->end(report);
    return report;
}

}  // namespace

ExitCode connector_command(const CommandLine& line, const Config& config) {
    if (line.command == Command::release_list) return list_releases_command(line, config);
    const auto report = show_run(line, config);
    if (!report.ok()) {
        const bool is_of_one = !line.names.empty();
        return report_error(line,
                            is_of_one ? with_near_name(report.error(), line.names.front(), config) : report.error());
    }
    return report->exit_code();
}

}  // namespace gup

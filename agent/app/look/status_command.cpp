// SPDX-License-Identifier: Apache-2.0
#include "app/look/status_command.hpp"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "app/command/commands.hpp"
#include "app/command/identity.hpp"
#include "app/look/connector_sheet.hpp"
#include "app/look/overview.hpp"
#include "app/look/status_table.hpp"
#include "app/output/display.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "host/reboot.hpp"
#include "status/report_json.hpp"
#include "util/printable.hpp"

namespace gup {
namespace {

using nlohmann::json;
using Facts = std::map<std::string, ConnectorFacts>;

json hold_json(const std::optional<Hold>& hold) {
    if (!hold) return nullptr;
    return {{"since", hold->since}, {"until", hold->until}, {"reason", hold->reason}, {"by", hold->by}};
}

json facts_json(const ConnectorFacts& facts) {
    json generations = json::array();
    for (const KnownGeneration& known : facts.details.generations) generations.push_back(generation_json(known));
    json service = nullptr;
    if (!facts.details.service.empty()) {
        service = {{"unit", facts.details.service},
                   {"active", facts.unit ? facts.unit->active : ""},
                   {"sub", facts.unit ? facts.unit->sub : ""}};
    }
    json log = json::array();
    for (const LogLine& line : facts.log) log.push_back(line.text);
    json stacks = json::array();
    for (const StackUnitDetails& unit : facts.details.stacks) stacks.push_back(stack_unit_json(unit));
    return {{"generations", std::move(generations)},
            {"service", std::move(service)},
            {"stacks", std::move(stacks)},
            {"log", std::move(log)}};
}

json view_json(const ConnectorView& view, const std::string& time_zone, UnixTime now) {
    json entry = view.status.report;
    entry["state"] = view.state;
    entry["version"] = view.version;
    entry["hold"] = hold_json(view.hold);
    entry["time"] = view.time;
    entry["since"] = view.status.since;
    entry["last_success"] = view.status.last_success;
    for (std::size_t i = 0; i < view.status.report.held_back.size(); ++i) {
        entry["held_back"][i]["next_try"] = view.status.report.held_back[i].since + held_pin_patience;
    }
    if (const auto& waiting = view.status.report.waiting) {
        const auto opens = opening_of(*waiting, time_zone, now);
        entry["waiting"]["opens"] = opens ? json(*opens) : json(nullptr);
    }
    return entry;
}

json reboot_json(const std::optional<RebootRequest>& request) {
    if (!request) return nullptr;
    json names = json::array();
    for (const RebootedConnector& one : request->connectors) names.push_back(one.name);
    const auto verdict = judge_reboot(*request, read_boot().value_or(request->boot_id));
    return {{"time", request->time},
            {"happened", verdict == RebootVerdict::happened},
            {"failure", request->failure},
            {"connectors", std::move(names)}};
}

json last_run_json(const std::optional<LastRun>& run) {
    if (!run) return nullptr;
    return {{"time", run->time},
            {"summary", summary_for_json(run->summary)},
            {"names", run->names},
            {"seconds", run->seconds}};
}

json gateway_json(const Overview& overview) {
    const auto& next = overview.forecast.next;
    json document{{"schema", json_schema},
                  {"gateway", overview.host},
                  {"root", overview.root.string()},
                  {"agent", own_version()},
                  {"last_run", last_run_json(overview.last_run)},
                  {"reboot", reboot_json(overview.reboot)},
                  {"lost_run", overview.lost_run},
                  {"next_run", nullptr},
                  {"running", nullptr}};
    if (next) document["next_run"] = {{"time", next->time}, {"by", next->by}, {"place", next->place}};
    if (overview.running.pid != 0) {
        document["running"] = {{"pid", overview.running.pid}, {"since", overview.running.since}};
    }
    return document;
}

void print_document(const Overview& overview, const Facts& facts, const std::string& time_zone, ExitCode code) {
    json document = gateway_json(overview);
    json connectors = json::array();
    for (const ConnectorView& view : overview.views) {
        connectors.push_back(view_json(view, time_zone, system_clock().now()));
        const auto known = facts.find(view.name());
        if (known != facts.end()) connectors.back().update(facts_json(known->second));
    }
    document["connectors"] = std::move(connectors);
    document["exit_code"] = static_cast<int>(code);
    print_json(document);
}

}  // namespace

ExitCode status_command(const CommandLine& line, const Config& config) {
    const auto overview = look_over(config, line.names);
    if (!overview.ok()) return report_error(line, overview.error());
    const auto zone = TimeZone::load({});
    if (!zone.ok()) return report_error(line, zone.error());
    Facts facts;
    if (!line.names.empty()) {
        auto found = find_facts(config, *overview);
        if (!found.ok()) return report_error(line, found.error());
        facts = *std::move(found);
    }
    const ExitCode code = line.judges ? judge_views(overview->views) : ExitCode::success;
    if (line.form == OutputForm::json) {
        print_document(*overview, facts, config.update.time_zone, code);
        return code;
    }
    const Sheet sheet{columns_of(STDOUT_FILENO), wants_colour(line, STDOUT_FILENO), system_clock().now(), *zone,
                      config.update.time_zone};
    if (line.names.empty()) {
        print_text("{}", status_table(*overview, sheet));
    } else {
        for (const ConnectorView& view : overview->views) {
            print_text("{}", connector_sheet(view, facts[view.name()], sheet));
        }
        print_text("{}", remarks_text(*overview, sheet));
        const std::string summary = overview->last_run ? ": " + overview->last_run->summary : std::string();
        print_text("{}\n", wrapped(last_run_text(*overview, sheet) + printable(summary), sheet.columns, 2));
    }
    if (config.update.quiet_noop) print_text("runs with nothing to do are not logged (logging.quiet-noop)\n");
    return code;
}

}  // namespace gup

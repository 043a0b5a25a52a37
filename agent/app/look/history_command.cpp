// SPDX-License-Identifier: Apache-2.0
#include "app/look/history_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "app/command/commands.hpp"
#include "app/config/network.hpp"
#include "app/look/connector_sheet.hpp"
#include "app/look/overview.hpp"
#include "app/look/status_command.hpp"
#include "app/output/display.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "core/short_id.hpp"
#include "status/history.hpp"
#include "status/time_words.hpp"
#include "update/status_store.hpp"
#include "update/supervise/inspect.hpp"
#include "update/supervise/owner_groups.hpp"
#include "util/printable.hpp"

namespace gup {
namespace {

using nlohmann::json;

bool is_chosen(const std::vector<std::string>& names, const std::string& name) {
    return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

// A removed connector still has a history.
Result<std::vector<HistoryEntry>> collect_history(const CommandLine& line, const Config& config) {
    GUP_TRY(auto entries, read_history(config.update.state));
    GUP_TRY(const Scan scan, scan_root(config.update));
    std::set<std::string> known;
    for (const HistoryEntry& one : entries) known.insert(one.connector);
    std::vector<Connector> in_root;
    for (const Connector& one : scan.connectors) {
        known.insert(one.name);
        if (is_chosen(line.names, one.name)) in_root.push_back(one);
    }
    for (const std::string& name : line.names) {
        if (!known.contains(name)) return unknown_connector(name, {known.begin(), known.end()});
    }
    std::erase_if(entries, [&](const HistoryEntry& one) { return !is_chosen(line.names, one.connector); });
    if (in_root.empty()) return entries;
    const StatusDocument status = read_status(status_file(config.update)).value_or({});
    GUP_TRY(const auto details, inspect(worker_settings(config, {}), in_root, status));
    for (const auto& [name, one] : details) {
        std::vector<Generation> generations;
        for (const KnownGeneration& known_one : one.generations) generations.push_back(known_one.generation);
        entries = with_generations(std::move(entries), name, generations);
    }
    return entries;
}

std::string change_text(const HistoryEntry& entry) {
    if (entry.to.empty()) return entry.generation.empty() ? "-" : entry.generation;
    if (entry.from.empty() || entry.from == entry.to) return short_id(entry.to);
    return fmt::format("{} → {}", short_id(entry.from), short_id(entry.to));
}

std::string outcome_words(const HistoryEntry& entry) {
    if (entry.outcome != Outcome::unchanged) return display(entry.outcome);
    return entry.from != entry.to && !entry.from.empty() ? "moved" : "ok again";
}

std::string what_happened(const HistoryEntry& entry) {
    std::string text = entry.reason;
    const std::string actions = fmt::format("{}", fmt::join(entry.actions, "; "));
    if (!text.empty() && !actions.empty()) text += " (done: " + actions + ")";
    return text.empty() ? actions : text;
}

json history_document(const HistoryEntry& entry) {
    return {{"time", entry.time},     {"connector", entry.connector},
            {"by", entry.by},         {"outcome", to_string(entry.outcome)},
            {"branch", entry.branch}, {"from", entry.from},
            {"commit", entry.to},     {"generation", entry.generation},
            {"reason", entry.reason}, {"actions", entry.actions}};
}

}  // namespace

ExitCode history_command(const CommandLine& line, const Config& config) {
    auto entries = collect_history(line, config);
    if (!entries.ok()) return report_error(line, entries.error());
    const std::size_t most = line.lines.value_or(50);
    if (most != 0 && entries->size() > most) entries->resize(most);
    if (line.form == OutputForm::json) {
        json list = json::array();
        for (const HistoryEntry& one : *entries) list.push_back(history_document(one));
        print_json({{"schema", json_schema}, {"entries", std::move(list)}});
        return ExitCode::success;
    }
    const auto zone = TimeZone::load({});
    if (!zone.ok()) return report_error(line, zone.error());
    if (entries->empty()) print_text("nothing has happened yet\n");
    Table table(columns_of(STDOUT_FILENO), wants_colour(line, STDOUT_FILENO));
    for (const HistoryEntry& one : *entries) {
        table.add({{local_text(one.time, *zone)},
                   {printable(one.connector)},
                   {outcome_words(one), tone_of(one.outcome)},
                   {printable(change_text(one))},
                   {one.by.empty() ? "-" : printable(one.by)},
                   {printable(what_happened(one))}});
    }
    if (!table.empty()) print_text("{}", table.text());
    return ExitCode::success;
}

ExitCode generations_command(const CommandLine& line, const Config& config) {
    const std::string& name = line.names.front();
    const auto connectors = find_connectors(config.update, {name});
    if (!connectors.ok()) return report_error(line, connectors.error());
    const StatusDocument status = read_status(status_file(config.update)).value_or({});
    const auto details = inspect(worker_settings(config, {}), *connectors, status);
    if (!details.ok()) return report_error(line, details.error());
    const ConnectorDetails& found = details->at(name);
    if (found.generations.empty() && found.error) return report_error(line, *found.error);
    if (line.form == OutputForm::json) {
        json list = json::array();
        for (const KnownGeneration& one : found.generations) list.push_back(generation_json(one));
        print_json({{"schema", json_schema}, {"name", name}, {"generations", std::move(list)}});
        return ExitCode::success;
    }
    const auto zone = TimeZone::load({});
    if (!zone.ok()) return report_error(line, zone.error());
    if (found.generations.empty()) {
        print_text("{} has no generation to go back to: the first update makes one\n", printable(name));
        return ExitCode::success;
    }
    Table table(columns_of(STDOUT_FILENO), wants_colour(line, STDOUT_FILENO));
    for (const KnownGeneration& one : found.generations) table.add(generation_row(one, *zone));
    print_text("{}", table.text());
    return ExitCode::success;
}

ExitCode list_command(const CommandLine& line, const Config& config) {
    const auto connectors = find_connectors(config.update, line.names);
    if (!connectors.ok()) return report_error(line, connectors.error());
    const auto holds = read_holds(config.update.state, system_clock().now()).value_or({});
    const auto details = inspect(worker_settings(config, {}), *connectors, {});
    if (!details.ok()) return report_error(line, details.error());
    json list = json::array();
    Table table(columns_of(STDOUT_FILENO), wants_colour(line, STDOUT_FILENO));
    table.add({{"CONNECTOR", Tone::faint},
               {"KIND", Tone::faint},
               {"LAYOUT", Tone::faint},
               {"OWNER", Tone::faint},
               {"BRANCH", Tone::faint},
               {"SOURCE", Tone::faint}});
    for (const Connector& connector : *connectors) {
        const ConnectorDetails& one = details->at(connector.name);
        const Hold* hold = find_hold(holds, connector.name);
        const auto or_dash = [](const std::string& text) { return text.empty() ? "-" : printable(text); };
        std::string source = one.error && one.source.empty() ? one.error->message : one.source;
        if (hold != nullptr) source += (source.empty() ? "" : "  ") + fmt::format("({})", display(*hold));
        table.add({{printable(connector.name)},
                   {or_dash(one.kind)},
                   {or_dash(one.layout)},
                   {or_dash(one.owner)},
                   {or_dash(one.branch)},
                   {or_dash(source)}});
        list.push_back({{"name", connector.name},
                        {"kind", one.kind},
                        {"layout", one.layout},
                        {"owner", one.owner},
                        {"branch", one.branch},
                        {"commit", one.commit},
                        {"source", one.source},
                        {"service", one.service},
                        {"held", hold != nullptr},
                        {"error", one.error ? one.error->message : ""}});
    }
    if (line.form == OutputForm::json) {
        print_json({{"schema", json_schema}, {"root", config.update.root.string()}, {"connectors", std::move(list)}});
        return ExitCode::success;
    }
    if (connectors->empty()) {
        print_text("no connectors in {}\n", printable(config.update.root.string()));
        return ExitCode::success;
    }
    print_text("{}", table.text());
    return ExitCode::success;
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "update/supervise/inspect.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "connector/layout.hpp"
#include "connector/observe.hpp"
#include "status/requirement_json.hpp"
#include "update/generation_switch.hpp"
#include "update/supervise/owner_groups.hpp"
#include "update/supervise/owner_workers.hpp"
#include "util/json.hpp"
#include "util/url.hpp"
#include "util/worker/worker.hpp"

namespace gup {
namespace {

using nlohmann::json;

const std::vector<QuarantinedRelease>& quarantine_in(const StatusDocument& status, const std::string& name) {
    static const std::vector<QuarantinedRelease> none;
    const ConnectorStatus* known = status.find(name);
    return known == nullptr ? none : known->report.quarantine;
}

std::string kind_of(const Observation& observation) {
    const bool has_git = !observation.code.remote_url.empty() || !observation.code.commit.empty() ||
                         observation.code.condition != CodeCondition::not_a_repository;
    if (!observation.is_declared()) return has_git ? "git" : "folder";
    return observation.connector.declared->source.kind == SourceKind::git ? "git" : "archive";
}

std::string source_of(const Observation& observation) {
    if (observation.is_declared()) return display(observation.connector.declared->source);
    return mask_secrets(observation.code.remote_url);
}

KnownGeneration generation_from(const json& message) {
    KnownGeneration known;
    known.generation.id = text_member(message, "id");
    known.generation.time = number_member(message, "time");
    known.generation.branch = text_member(message, "branch");
    known.generation.commit = text_member(message, "commit");
    known.generation.from_commit = text_member(message, "from");
    known.generation.source = text_member(message, "source");
    known.is_running = flag_member(message, "running");
    known.is_quarantined = flag_member(message, "quarantined");
    return known;
}

json stacks_json(const Observation& observation, const UpdateSettings& settings) {
    json list = json::array();
    const auto site = find_stack_site(settings, observation.connector.name, observation.owner);
    if (!site || !observation.stacks.running) return list;
    const std::vector<std::string> names = observation.stacks.running->unit_names();
    Systemd systemd = site->systemd;
    systemd.question_timeout = systemd_patience;
    const auto states =
        names.empty() ? Result<std::vector<UnitState>>(std::vector<UnitState>()) : unit_states(names, systemd);
    for (std::size_t i = 0; i < names.size(); ++i) {
        const StackUnit& unit = observation.stacks.running->units[i];
        StackUnitDetails details{unit.stack, unit.name, unit.image, unit.digest, {}, false};
        if (states.ok() && i < states->size()) {
            details.state = display((*states)[i]);
            details.is_up = (*states)[i].active == "active" || has_ended_well((*states)[i]);
        }
        list.push_back(stack_unit_json(details));
    }
    return list;
}

StackUnitDetails stack_unit_from(const json& message) {
    return {text_member(message, "stack"),  text_member(message, "unit"),  text_member(message, "image"),
            text_member(message, "digest"), text_member(message, "state"), flag_member(message, "up")};
}

// As the owner.
json look_at(const Connector& connector, const StatusDocument& status, const UpdateSettings& settings) {
    const auto site = find_layout(settings, connector.name);
    if (!site.ok()) return {{"error", site.error().message}, {"hint", site.error().hint}};
    const Layout layout = layout_at(settings.root, connector.name);
    Observation observation = observe_here(connector, settings);
    if (observation.error && layout == Layout::releases) observation = observe_for_release(*site, settings);
    const auto generations = list_generations(*site, layout);
    const Generation* current = find_current(generations, observation, layout);
    json list = json::array();
    for (const Generation& one : generations) {
        const bool is_bad = is_quarantined(quarantine_in(status, connector.name), {one.commit, one.pins});
        list.push_back(generation_json({one, &one == current, is_bad}));
    }
    json message{{"kind", kind_of(observation)},
                 {"layout", layout == Layout::releases ? "releases" : "in place"},
                 {"branch", observation.code.branch},
                 {"commit", observation.code.commit},
                 {"source", source_of(observation)},
                 {"service", observation.gupfile.service},
                 {"stacks", stacks_json(observation, settings)},
                 {"generations", std::move(list)}};
    if (observation.error) {
        message["error"] = observation.error->message;
        message["hint"] = observation.error->hint;
    }
    return message;
}

ConnectorDetails details_from(const json& message, const std::string& owner) {
    ConnectorDetails details;
    details.kind = text_member(message, "kind");
    details.layout = text_member(message, "layout");
    details.branch = text_member(message, "branch");
    details.commit = text_member(message, "commit");
    details.source = text_member(message, "source");
    details.service = text_member(message, "service");
    details.owner = owner;
    for (const json& one : array_member(message, "stacks")) details.stacks.push_back(stack_unit_from(one));
    for (const json& one : array_member(message, "generations")) details.generations.push_back(generation_from(one));
    if (const std::string error = text_member(message, "error"); !error.empty()) {
        details.error = Error{ErrorCode::failed, error, text_member(message, "hint")};
    }
    return details;
}

std::string name_of(const Owner& owner) {
    return owner.name.empty() ? std::to_string(owner.uid) : owner.name;
}

ConnectorDetails unknown_details(const Error& error) {
    ConnectorDetails details;
    details.error = error;
    return details;
}

}  // namespace

json generation_json(const KnownGeneration& known) {
    const Generation& one = known.generation;
    return {{"id", one.id},
            {"time", one.time},
            {"branch", one.branch},
            {"commit", one.commit},
            {"from", one.from_commit},
            {"source", mask_secrets(one.source)},
            {"running", known.is_running},
            {"quarantined", known.is_quarantined}};
}

json stack_unit_json(const StackUnitDetails& unit) {
    return {{"stack", unit.stack},   {"unit", unit.unit},   {"image", unit.image},
            {"digest", unit.digest}, {"state", unit.state}, {"up", unit.is_up}};
}

Result<std::map<std::string, ConnectorDetails>> inspect(const UpdateSettings& settings,
                                                        const std::vector<Connector>& connectors,
                                                        const StatusDocument& status) {
    std::map<std::string, ConnectorDetails> all;
    const auto fail = [&](const Connector& connector, const Error& error) {
        all.insert_or_assign(connector.name, unknown_details(error));
    };
    const RunEvents quiet;
    OwnerWorkers workers(settings, quiet);
    std::map<std::string, std::string> owners;
    workers.on("looked", [&](const json& message) {
        const std::string name = text_member(message, "name");
        all.insert_or_assign(name, details_from(member_of(message, "details"), owners[name]));
    });
    for (const auto& [owner, group] : group_by_owner(settings, connectors, fail)) {
        for (const Connector& connector : group) owners[connector.name] = name_of(owner);
        OwnerJob job{owner, names_of(group), {}, {}};
        job.work = [&status, group = group](const UpdateSettings& own, const RunEvents&) -> Result<json> {
            for (const Connector& one : group) {
                tell_agent("looked", {{"name", one.name}, {"details", look_at(one, status, own)}});
            }
            return json();
        };
        job.on_end = [&all, group = group](const Result<json>& result) {
            const Error silent{ErrorCode::failed, "its worker ended without a report about it", {}};
            for (const Connector& one : group) {
                all.try_emplace(one.name, unknown_details(result.ok() ? silent : result.error()));
            }
        };
        workers.start(std::move(job));
    }
    workers.run();
    return all;
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "doctor/connector_survey.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "connector/stacks.hpp"
#include "core/stack/stack_record.hpp"
#include "doctor/container_checks.hpp"
#include "doctor/diagnosis_message.hpp"
#include "doctor/hold_checks.hpp"
#include "doctor/machine.hpp"
#include "doctor/ownership_checks.hpp"
#include "host/hooks.hpp"
#include "host/units/stack_units.hpp"
#include "update/status_store.hpp"
#include "update/supervise/owner_groups.hpp"
#include "update/supervise/owner_workers.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/signals.hpp"

namespace gup {
namespace {

using nlohmann::json;

StatusDocument status_or_finding(const UpdateSettings& settings, Diagnosis& diagnosis) {
    auto status = read_status(status_file(settings));
    if (status.ok()) return *std::move(status);
    diagnosis.find({"state", status_file(settings).string(), status.error().message,
                    "the results of earlier runs are lost: held pins are tried again, and status is empty",
                    "remove the file: the next run writes a new one"});
    return {};
}

void diagnose_operators_hooks(const HookSettings& settings, Diagnosis& diagnosis) {
    const std::pair<HookPhase, const fs::path&> folders[] = {{HookPhase::pre_update, settings.pre_update},
                                                             {HookPhase::post_update, settings.post_update},
                                                             {HookPhase::post_run, settings.post_run}};
    for (const auto& [phase, folder] : folders) {
        diagnosis.look();
        for (const fs::path& file : hooks_passed_over(folder)) {
            diagnosis.find({"hook", file.string(), fmt::format("the {} hook is not executable", to_string(phase)),
                            "it is ignored", fmt::format("chmod +x {}, or move it elsewhere", file.string())});
        }
        const auto hooks = find_hooks(phase, settings, {}, {});
        if (hooks.ok()) continue;
        diagnosis.find({"hook", folder.string(), hooks.error().message,
                        phase == HookPhase::post_run ? "no hook runs after a run" : "every update is blocked",
                        hooks.error().hint});
    }
}

// Of connectors that were taken out of the configuration, or whose folder a person deleted.
void diagnose_left_units(const Scan& scan, Diagnosis& diagnosis) {
    const auto user = ::geteuid() == 0 ? std::nullopt : std::optional(owner_with(::geteuid()));
    const fs::path place = unit_places(user).quadlet;
    const std::string prefix = stack_folder_name({});
    for (const std::string& entry : list_folder(place).value_or({})) {
        const std::string name = entry.starts_with(prefix) ? entry.substr(prefix.size()) : std::string();
        if (name.empty() || !is_there(place / entry / stack_record_name)) continue;
        if (std::ranges::find(scan.connectors, name, &Connector::name) != scan.connectors.end()) continue;
        diagnosis.find({"containers", (place / entry).string(), "no connector has these units",
                        "their containers run on, and nothing updates them",
                        fmt::format("gup-agent remove {} removes them; their volumes stay", name)});
    }
}

void find_connector_error(const std::string& name, const Error& error, Diagnosis& diagnosis) {
    diagnosis.look();
    diagnosis.find({"connector", name, error.message, "it is not updated",
                    error.hint.empty() ? "check that its owner can read everything there" : error.hint});
}

void add_stack_owner(const Owner& owner, const std::string& connector, std::vector<StackOwner>& owners) {
    for (StackOwner& one : owners) {
        if (one.owner.uid == owner.uid) return one.connectors.push_back(connector);
    }
    owners.push_back({.owner = owner, .connectors = {connector}});
}

// One worker for each owner.
Status examine_all(const UpdateSettings& settings, const std::vector<Connector>& connectors, const RunEvents& events,
                   ConnectorDiagnosis& all) {
    const StatusDocument status = status_or_finding(settings, all.diagnosis);
    const auto groups = group_by_owner(settings, connectors, [&](const Connector& connector, const Error& error) {
        find_connector_error(connector.name, error, all.diagnosis);
    });
    Status done;
    bool is_any = false;  // otherwise the settings are wrong
    OwnerWorkers workers(settings, events);
    std::vector<StackOwner> with_stacks;
    for (const OwnerGroup& group : groups) {
        const std::vector<Connector>& own = group.connectors;
        for (const Connector& one : own) {
            const auto folder = find_unit_folder(stack_settings(settings, one.name), one.name, group.owner);
            if (!folder || !(has_stacks(one.path, ServicesSection{}.folder) || is_folder(folder->live()))) continue;
            add_stack_owner(folder->user.value_or(Owner{0, 0, "root", "/root"}), one.name, with_stacks);
        }
        OwnerJob job{group.owner, names_of(own), {}, {}};
        job.work = [&](const UpdateSettings& worker_settings, const RunEvents& told) -> Result<json> {
            return diagnosis_message(examine_connectors(own, status, worker_settings, told));
        };
        job.on_end = [&](const Result<json>& result) {
            is_any = is_any || result.ok() || stop_requested();
            if (stop_requested()) return;  // a question that was broken off has no answer
            if (result.ok()) return add_from_message(*result, all);
            if (!is_worker_death(result.error())) done = result.error();
            for (const Connector& connector : own) {
                find_connector_error(connector.name, result.error(), all.diagnosis);
            }
        };
        workers.start(std::move(job));
    }
    workers.run();
    if (!stop_requested()) check_containers(with_stacks, settings, all.diagnosis);
    return is_any ? Status{} : done;
}

}  // namespace

Result<ConnectorSurvey> check_connectors(const UpdateSettings& settings, const std::vector<std::string>& names,
                                         const RunEvents& events, Diagnosis& diagnosis) {
    diagnosis.look();
    const auto scan = scan_root(settings);
    if (!scan.ok()) {
        diagnosis.find({"root", settings.root.string(), scan.error().message,
                        "no connector is found, so nothing is updated", scan.error().hint});
        return ConnectorSurvey{};
    }
    check_root_ownership(settings, diagnosis);
    for (const std::string& warning : scan->warnings) {
        diagnosis.find({"root", settings.root.string(), warning, "it is not updated",
                        "make it a folder under root that holds a regular gupfile, or move it elsewhere"});
    }
    for (const std::string& name : find_undeclared(settings, *scan)) {
        diagnosis.note(
            fmt::format("{} declares packages, but it has no gupfile and is not updated: gup-agent init {} makes "
                        "it a connector",
                        name, (settings.root / name).string()));
    }
    if (names.empty()) diagnose_left_units(*scan, diagnosis);
    GUP_TRY(const auto connectors, select_connectors(*scan, names));
    if (connectors.empty()) {
        diagnosis.find({"root", settings.root.string(), "it contains no connector: no folder has a gupfile",
                        "there is nothing to update",
                        "check that root is the right folder; gup-agent add URL creates a connector"});
    }
    ConnectorDiagnosis all;
    all.diagnosis = std::move(diagnosis);
    const Status done = examine_all(settings, connectors, events, all);
    diagnosis = std::move(all.diagnosis);
    GUP_CHECK(done);
    if (stop_requested()) return std::move(all.survey);
    diagnose_operators_hooks(settings.hooks, diagnosis);
    check_holds(settings.state, system_clock().now(), diagnosis);
    diagnose_remotes(all.answers, count_name_servers(), diagnosis);
    return std::move(all.survey);
}

}  // namespace gup

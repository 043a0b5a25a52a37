// SPDX-License-Identifier: Apache-2.0
#include "update/supervise/owner_workers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "connector/layout.hpp"
#include "deploy/stacks/stack_removal.hpp"
#include "host/elevated_fs.hpp"
#include "host/owner_sandbox.hpp"
#include "host/podman/podman_questions.hpp"
#include "host/units/gateway_claims.hpp"
#include "host/units/unit_questions.hpp"
#include "source/archive/archive_signature.hpp"
#include "source/remote/ssh_host_key.hpp"
#include "transaction/old_steps.hpp"
#include "transaction/steps.hpp"
#include "update/connector_command.hpp"
#include "update/health_strikes.hpp"
#include "update/status_store.hpp"
#include "update/supervise/recover.hpp"
#include "update/worker_messages.hpp"
#include "util/http/data_budget.hpp"
#include "util/log/log.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/environment.hpp"
#include "util/worker/worker.hpp"

namespace gup {
namespace {

using nlohmann::json;

RunEvents events_to_agent() {
    RunEvents events;
    events.started = [](const std::vector<std::string>& names) { tell_agent("started", {{"names", names}}); };
    events.activity = [](const std::string& connector, const Activity& what) {
        tell_agent("activity",
                   {{"connector", connector}, {"what", what.what}, {"bytes", what.bytes}, {"wait", what.wait.count()}});
    };
    events.finished = [](const ConnectorReport& report) { tell_agent("finished", report_message(report)); };
    return events;
}

// What libraries and programs ask the environment for. The settings of git there are root's.
void take_home(const Owner& owner) {
    if (!works_as_another()) return;
    for (const std::string& name : environment_names()) {
        if (name.starts_with("GIT_") || name == "SSH_ASKPASS")
            ::unsetenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
    }
    ::setenv("HOME", owner.home.c_str(), 1);  // NOLINT(concurrency-mt-unsafe): there are no threads yet
    ::unsetenv("XDG_CONFIG_HOME");            // NOLINT(concurrency-mt-unsafe)
    ::unsetenv("XDG_CACHE_HOME");             // NOLINT(concurrency-mt-unsafe)
}

Result<json> work(const OwnerJob& job, const UpdateSettings& settings) {
    take_home(job.owner);
    UpdateSettings own = settings;
    std::erase_if(own.stacks, [&](const auto& entry) {  // variables and secrets of others
        return std::find(job.connectors.begin(), job.connectors.end(), entry.first) == job.connectors.end();
    });
    std::shared_ptr<void> network;
    if (own.connect && job.network == NeedsNetwork::yes) {
        GUP_TRY(network, own.connect(own));
    }
    return job.work(own, events_to_agent());
}

// Where a worker may write, beside its home and temporary folders.
std::vector<fs::path> writable_folders(const UpdateSettings& settings) {
    std::vector<fs::path> folders{settings.root};
    std::error_code error;
    if (const fs::path real = fs::canonical(settings.root, error); !error) folders.push_back(real);
    if (!settings.installer.temporary_folder.empty()) folders.push_back(settings.installer.temporary_folder);
    for (const DeclaredConnector& one : settings.declared) {
        if (!one.local.empty()) folders.push_back(fs::path(one.local).parent_path());
    }
    folders.insert(folders.end(), settings.writable.begin(), settings.writable.end());
    return folders;
}

bool is_its_own(const WorkerTask& worker, const std::string& name) {
    return std::find(worker.connectors.begin(), worker.connectors.end(), name) != worker.connectors.end();
}

}  // namespace

OwnerWorkers::OwnerWorkers(const UpdateSettings& settings, const RunEvents& events)
    : settings_(settings), events_(events), journals_(settings.state) {
    answer_files();
    answer_programs();
    pass_on_events();
    if (events.tick) supervisor_.on_wait(events.tick);
}

void OwnerWorkers::start(OwnerJob job) {
    for (const std::string& connector : job.connectors) {
        owners_[connector] = job.owner;
        if (job.may_trust_hosts) may_trust_hosts_.insert(connector);
    }
    WorkerTask task;
    task.sandbox = worker_sandbox(job.owner, writable_folders(settings_));
    task.connectors = job.connectors;
    task.on_end = [act = job.on_end](const WorkerTask&, Result<json> result) {
        if (act) act(std::move(result));
    };
    task.run = [job = std::move(job), this] { return work(job, settings_); };
    supervisor_.start(std::move(task));
}

void OwnerWorkers::on(const std::string& what, std::function<void(const json& message)> take) {
    supervisor_.handle(what, [take = std::move(take)](const WorkerTask& worker, const json& with) -> Result<json> {
        if (is_its_own(worker, text_member(with, "name"))) take(with);
        return json();
    });
}

const Owner& OwnerWorkers::owner_of(const WorkerTask& worker) const {
    return owners_.at(worker.connectors.front());
}

void OwnerWorkers::answer_files() {
    supervisor_.handle("journal", [this](const WorkerTask& worker, const json& with) {
        if (on_first_change_) std::exchange(on_first_change_, nullptr)();
        return journals_.answer(worker.connectors, owner_of(worker).uid, with);
    });
    supervisor_.handle("help", [this](const WorkerTask& worker, const json& with) {
        return help_owner({owner_of(worker), settings_.root, worker.connectors}, with);
    });
    supervisor_.handle("pin_host_key", [this](const WorkerTask& worker, const json& with) {
        return change_host_keys(worker, with, true);
    });
    supervisor_.handle("unpin_host_key", [this](const WorkerTask& worker, const json& with) {
        return change_host_keys(worker, with, false);
    });
    supervisor_.handle("signatures", [this](const WorkerTask& worker, const json& with) {
        return answer_signature_question({settings_.state, worker.connectors, settings_.declared}, with);
    });
    supervisor_.handle("unit_file", [this](const WorkerTask& worker, const json& with) -> Result<json> {
        if (text_member(with, "act") != "read") return Error{ErrorCode::unsupported, "this question only reads", {}};
        const UnitFolderRights rights{owner_of(worker), worker.connectors, rootful_connectors(worker)};
        return answer_unit_folder_question(rights, with);
    });
    supervisor_.handle("downloaded", [this](const WorkerTask&, const json& with) -> Result<json> {
        const auto bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(number_member(with, "bytes"), 0));
        GUP_CHECK(DataBudget::note_downloaded(settings_.state / "data", bytes));
        return json();
    });
    supervisor_.handle("health", [this](const WorkerTask& worker, const json& with) -> Result<json> {
        if (!is_its_own(worker, text_member(with, "connector"))) return json();
        GUP_CHECK(HealthStrikes(settings_.state).answer(with));
        return json();
    });
    supervisor_.handle("claims",
                       [this](const WorkerTask& worker, const json& with) { return claim_for_stacks(worker, with); });
    supervisor_.handle("status",
                       [this](const WorkerTask& worker, const json& with) { return store_reports(worker, with); });
}

ProgramRights OwnerWorkers::program_rights(const WorkerTask& worker) const {
    const Owner& owner = owner_of(worker);
    const auto privileges = settings_.hooks.allow_privileges ? Privileges::allowed : Privileges::none;
    return {owner, program_sandbox(owner, privileges), settings_.hooks, worker.connectors, writable_folders(settings_)};
}

// Those of the worker whose containers may be root's.
std::vector<std::string> OwnerWorkers::rootful_connectors(const WorkerTask& worker) const {
    std::vector<std::string> names;
    for (const std::string& name : worker.connectors) {
        if (may_be_rootful(stack_settings(settings_, name), owner_of(worker))) names.push_back(name);
    }
    return names;
}

Result<WorkerTask> OwnerWorkers::answer_podman(const WorkerTask& worker, const json& with) const {
    PodmanRights rights{owner_of(worker), worker.connectors, {}, false, settings_.podman};
    const auto rootful = rootful_connectors(worker);
    rights.may_be_rootful = !rootful.empty();
    if (!flag_member(with, "rootless")) rights.connectors = rootful;
    for (const std::string& name : rights.connectors) {
        rights.folders.push_back(UnitFolder{name}.next());
        rights.folders.push_back(UnitFolder{name, rights.owner}.next());
    }
    return aside_task([with, rights] { return answer_podman_question(rights, with); });
}

// Files of a user are only written as that user: a link there may lead anywhere.
Result<WorkerTask> OwnerWorkers::answer_unit_folder(const WorkerTask& worker, const json& with) const {
    const UnitFolderRights rights{owner_of(worker), worker.connectors, rootful_connectors(worker)};
    auto act = [with, rights] { return answer_unit_folder_question(rights, with); };
    if (is_rootful_question(with)) return aside_task(std::move(act));
    return aside_task(std::move(act), program_sandbox(rights.owner, Privileges::none));
}

void OwnerWorkers::answer_programs() {
    supervisor_.handle_aside("units", [this](const WorkerTask& worker, const json& with) -> Result<WorkerTask> {
        UnitRights rights{owner_of(worker), worker.connectors, settings_.systemd};
        for (const std::string& name : rootful_connectors(worker)) {
            rights.systemd.policy.folders[name] = UnitFolder{name}.live();
        }
        return aside_task([with, rights] { return answer_unit_question(rights, with); });
    });
    supervisor_.handle_aside(
        "podman", [this](const WorkerTask& worker, const json& with) { return answer_podman(worker, with); });
    supervisor_.handle_aside(
        "unit_folder", [this](const WorkerTask& worker, const json& with) { return answer_unit_folder(worker, with); });
    supervisor_.handle_aside("remove_stacks", [this](const WorkerTask& worker, const json& with) -> Result<WorkerTask> {
        const std::string connector = text_member(with, "connector");
        if (!is_its_own(worker, connector)) {
            return Error{ErrorCode::permission, connector + " is another worker's connector", {}};
        }
        return aside_task([this, connector] { return answer_removal_question(connector, settings_); });
    });
    supervisor_.handle_aside("hooks", [this](const WorkerTask& worker, const json& with) {
        return answer_hook_question(program_rights(worker), with);
    });
    supervisor_.handle_aside("command", [this](const WorkerTask& worker, const json& with) {
        return answer_command_question(program_rights(worker), with);
    });
}

void OwnerWorkers::pass_on_events() {
    supervisor_.handle("started", [this](const WorkerTask& worker, const json& with) -> Result<json> {
        std::vector<std::string> names = text_members(with, "names");
        std::erase_if(names, [&](const std::string& name) { return !is_its_own(worker, name); });
        if (events_.started) events_.started(names);
        return json();
    });
    supervisor_.handle("activity", [this](const WorkerTask& worker, const json& with) -> Result<json> {
        const std::string name = text_member(with, "connector");
        if (!is_its_own(worker, name)) return json();
        const auto number = [&](const char* member) { return std::max<std::int64_t>(number_member(with, member), 0); };
        events_.tell(name, Activity{text_member(with, "what"), static_cast<std::uint64_t>(number("bytes")),
                                    Milliseconds{number("wait")}});
        return json();
    });
    supervisor_.handle("finished", [this](const WorkerTask& worker, const json& with) -> Result<json> {
        GUP_TRY(const ConnectorReport report, report_from_message(with));
        if (events_.finished && is_its_own(worker, report.name)) events_.finished(report);
        return json();
    });
}

// Only a key that the connector's journal names: it was announced there before, or is taken back now.
Result<json> OwnerWorkers::change_host_keys(const WorkerTask& worker, const json& with, bool pin) const {
    const std::string& connector = worker.connectors.front();
    const fs::path file = settings_.state / "known_hosts";
    const std::string line = text_member(with, "line");
    GUP_TRY(auto record, read_unfinished(settings_.state, connector));
    if (record) update_step_names(*record);
    const auto is_it = [&](const JournalStep& step) {
        return step.kind == kind::host_key && value_of(step, "line").value_or("") == line;
    };
    const bool is_announced = record && std::any_of(record->steps.begin(), record->steps.end(), is_it);
    const bool is_line = !line.empty() && line.find_first_of("\r\n#@") == std::string::npos;
    const bool is_allowed = is_announced && is_line && (!pin || may_trust_hosts_.contains(connector));
    if (text_member(with, "file") != file.string() || !is_allowed) {
        return Error{ErrorCode::permission, "this host key is not for the agent's known_hosts", {}};
    }
    GUP_CHECK(pin ? pin_host_key(file, line) : unpin_host_key(file, line));
    return json();
}

// Of all connectors, also of those that this run does not work on.
Result<json> OwnerWorkers::claim_for_stacks(const WorkerTask& worker, const json& with) {
    const std::string user = is_rootful_question(with) ? std::string() : std::to_string(owner_of(worker).uid);
    ClaimHolder mine{text_member(with, "connector"), user, claims_from(array_member(with, "claims"))};
    if (!is_its_own(worker, mine.connector)) return Error{ErrorCode::permission, "another worker's connector", {}};
    std::map<unsigned, Owner> users;
    for (const auto& [name, owner] : owners_) users.emplace(owner.uid, owner);
    for (const std::string& name : list_folder(settings_.root).value_or({})) {
        if (const auto owner = find_owner(settings_, name); owner.ok()) users.emplace(owner->uid, *owner);
    }
    std::vector<ClaimHolder> others = claimed_;
    users.emplace(0, Owner{});
    for (const auto& [uid, owner] : users) {
        const auto more = claims_on_disk(uid == 0 ? std::nullopt : std::optional(owner));
        others.insert(others.end(), more.begin(), more.end());
    }
    if (auto found = find_clash(mine, others)) return *std::move(found);
    std::erase_if(claimed_, [&](const ClaimHolder& one) { return one.connector == mine.connector; });
    claimed_.push_back(std::move(mine));
    return json();
}

Result<json> OwnerWorkers::store_reports(const WorkerTask& worker, const json& with) const {
    GUP_TRY(RunReport run, run_from_message(with));
    std::erase_if(run.connectors, [&](const ConnectorReport& one) { return !is_its_own(worker, one.name); });
    const StatusDocument before = read_status(status_file(settings_)).value_or({});
    (void)save_status(settings_, before, run, Coverage::some_connectors);
    return json();
}

Result<json> work_as_owner(const UpdateSettings& settings, const RunEvents& events, OwnerJob job) {
    if (in_worker()) return job.work(settings, events);
    OwnerWorkers workers(settings, events);
    std::optional<Result<json>> end;
    job.on_end = [&](Result<json> result) { end = std::move(result); };
    workers.start(std::move(job));
    workers.run();
    if (end) return *std::move(end);
    return Error{ErrorCode::failed, "its worker did not report its end", {}};
}

Result<RunReport> run_as(const UpdateSettings& settings, const RunEvents& events, OwnerJob job,
                         const ConnectorWork& work) {
    const std::string connector = job.connectors.front();
    job.work = [&](const UpdateSettings& own, const RunEvents& told) -> Result<json> {
        GUP_TRY(const RunReport run, work(own, told));
        return run_message(run);
    };
    const auto result = work_as_owner(settings, events, std::move(job));
    if (result.ok()) return run_from_message(*result);
    if (!is_worker_death(result.error())) return result.error();
    const RunEvents quiet;
    ConnectorCommand command(settings, quiet, connector, {});
    RunReport run = command.fail(result.error());
    if (events.finished) events.finished(run.connectors.front());
    return run;
}

Result<RunReport> run_as_owner(const UpdateSettings& settings, const RunEvents& events, const std::string& connector,
                               const ConnectorWork& work) {
    if (in_worker()) return work(settings, events);
    GUP_CHECK(recover_named(settings, connector));
    GUP_TRY(const Owner owner, find_owner(settings, connector));
    return run_as(settings, events, {owner, {connector}, {}, {}}, work);
}

}  // namespace gup

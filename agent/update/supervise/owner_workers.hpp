// SPDX-License-Identifier: Apache-2.0
// Workers for the owners of connectors (util/worker), with the agent's answers to them: journal, folders in which the
// owner may not write, units, hooks, host keys, the status document.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "connector/settings.hpp"
#include "core/report.hpp"
#include "core/stack/stack_claims.hpp"
#include "host/owner.hpp"
#include "host/program_questions.hpp"
#include "transaction/journal.hpp"
#include "util/worker/supervisor.hpp"

namespace gup {

// In the worker, with settings that have a network, and events that reach the agent.
using OwnerWork = std::function<Result<nlohmann::json>(const UpdateSettings& settings, const RunEvents& events)>;
// In the agent.
using WorkEnd = std::function<void(Result<nlohmann::json> result)>;

enum class NeedsNetwork : bool { no, yes };

struct OwnerJob {
    Owner owner;
    std::vector<std::string> connectors;  // all of them are the owner's; at least one
    OwnerWork work;
    WorkEnd on_end;
    NeedsNetwork network = NeedsNetwork::yes;
    bool may_trust_hosts = false;  // it may add keys to the agent's known_hosts
};

class OwnerWorkers {
public:
    // Both outlive it. `events` get what the workers tell.
    OwnerWorkers(const UpdateSettings& settings, const RunEvents& events);

    void start(OwnerJob job);
    // Until all have ended.
    void run() { supervisor_.run(); }
    // Takes a message that the work of the jobs tells. Its name member must be one of the worker's connectors.
    void on(const std::string& what, std::function<void(const nlohmann::json& message)> take);
    // Called when the first journal of a worker begins.
    void on_first_change(std::function<void()> act) { on_first_change_ = std::move(act); }

private:
    void answer_files();
    void answer_programs();
    void pass_on_events();
    [[nodiscard]] const Owner& owner_of(const WorkerTask& worker) const;
    [[nodiscard]] std::vector<std::string> rootful_connectors(const WorkerTask& worker) const;
    [[nodiscard]] Result<WorkerTask> answer_podman(const WorkerTask& worker, const nlohmann::json& with) const;
    [[nodiscard]] Result<WorkerTask> answer_unit_folder(const WorkerTask& worker, const nlohmann::json& with) const;
    [[nodiscard]] ProgramRights program_rights(const WorkerTask& worker) const;
    [[nodiscard]] Result<nlohmann::json> change_host_keys(const WorkerTask& worker, const nlohmann::json& with,
                                                          bool pin) const;
    [[nodiscard]] Result<nlohmann::json> claim_for_stacks(const WorkerTask& worker, const nlohmann::json& with);
    [[nodiscard]] Result<nlohmann::json> store_reports(const WorkerTask& worker, const nlohmann::json& with) const;

    const UpdateSettings& settings_;
    const RunEvents& events_;
    JournalKeeper journals_;
    std::map<std::string, Owner> owners_;    // by connector
    std::vector<ClaimHolder> claimed_;       // of stacks, in this run
    std::set<std::string> may_trust_hosts_;  // connectors
    std::function<void()> on_first_change_;
    Supervisor supervisor_;
};

// One job, and its result. Fails as the job does, and when its worker dies (see is_worker_death).
[[nodiscard]] Result<nlohmann::json> work_as_owner(const UpdateSettings& settings, const RunEvents& events,
                                                   OwnerJob job);

// A command for one connector: finishes an interrupted transaction of it, then runs `work` as its owner. When the worker
// dies, the report is failed.
using ConnectorWork = std::function<Result<RunReport>(const UpdateSettings& settings, const RunEvents& events)>;
[[nodiscard]] Result<RunReport> run_as_owner(const UpdateSettings& settings, const RunEvents& events,
                                             const std::string& connector, const ConnectorWork& work);
// The same for a job with one connector, whose work is `work`; recovery is the caller's.
[[nodiscard]] Result<RunReport> run_as(const UpdateSettings& settings, const RunEvents& events, OwnerJob job,
                                       const ConnectorWork& work);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// Programs that a worker cannot start itself. The operator's hooks run as the agent. A connector's own hooks and health
// command run as its owner, but without the worker's limits on writing: they may serve more than the connector's folder.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "host/hooks.hpp"
#include "util/worker/supervisor.hpp"

namespace gup {

// The parts of host/hooks and host/health for a worker.
[[nodiscard]] Result<std::vector<Hook>> ask_operators_hooks(HookPhase phase);
[[nodiscard]] Result<HookResult> ask_run_hook(HookPhase phase, const Hook& hook, const HookContext& context,
                                              Milliseconds timeout);
[[nodiscard]] Result<ProcessResult> ask_run_command(const ProcessRequest& request);

// The agent's answers. `owner` is the worker's, `sandbox` is for programs that run as the owner. A hook fails with
// permission when it is to be told of another connector, or of a place that is not in `folders`.
struct ProgramRights {
    Owner owner;
    Sandbox sandbox;
    HookSettings hooks;
    std::vector<std::string> connectors;  // the worker's
    std::vector<fs::path> folders;        // operator's hooks are told of places below these, and no others
};
[[nodiscard]] Result<WorkerTask> answer_hook_question(const ProgramRights& rights, const nlohmann::json& question);
[[nodiscard]] Result<WorkerTask> answer_command_question(const ProgramRights& rights, const nlohmann::json& question);

}  // namespace gup

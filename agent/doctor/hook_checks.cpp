#include "doctor/hook_checks.hpp"

#include <fmt/format.h>

#include "host/services.hpp"

namespace gup {

std::vector<HookProblem> own_hook_problems(const Observation& observation) {
    const HookSettings none{{}, {}, {}};
    const std::pair<HookPhase, const std::string&> named[] = {
        {HookPhase::pre_update, observation.gupfile.pre_update},
        {HookPhase::post_update, observation.gupfile.post_update}};
    std::vector<HookProblem> problems;
    for (const auto& [phase, own] : named) {
        const auto hooks = find_hooks(phase, none, own, observation.connector.path);
        if (!hooks.ok()) problems.push_back({phase, hooks.error()});
    }
    return problems;
}

void AftercareExaminer::diagnose(const Observation& observation, const std::vector<HookProblem>& hooks) {
    const std::string& name = observation.connector.name;
    diagnosis_.look();
    for (const HookProblem& hook : hooks) {
        diagnosis_.find({"hook", name, hook.error.message,
                         hook.phase == HookPhase::pre_update
                             ? "its next update is blocked"
                             : "its next update is rolled back, unless it corrects this",
                         hook.error.hint.empty() ? "check [hooks] in the gupfile" : hook.error.hint});
    }
    const std::string& service = observation.gupfile.service;
    if (service.empty()) return;
    diagnosis_.look();
    if (services_.count(service) == 0) services_[service] = check_units({service}, settings_.systemd);
    const Status& status = services_[service];
    if (status.ok()) return;
    diagnosis_.find({"service", name, status.error().message,
                     "its next update is blocked, as the service could not be restarted after it",
                     status.error().hint.empty() ? "systemctl status " + service : status.error().hint});
}

void AftercareExaminer::diagnose_operators_hooks() {
    const std::pair<HookPhase, const fs::path&> folders[] = {{HookPhase::pre_update, settings_.hooks.pre_update},
                                                             {HookPhase::post_update, settings_.hooks.post_update}};
    for (const auto& [phase, folder] : folders) {
        diagnosis_.look();
        for (const fs::path& file : hooks_passed_over(folder)) {
            diagnosis_.find({"hook", file.string(), fmt::format("the {} hook is not executable", to_string(phase)),
                             "it is ignored", fmt::format("chmod +x {}, or move it elsewhere", file.string())});
        }
        const auto hooks = find_hooks(phase, settings_.hooks, {}, {});
        if (hooks.ok()) continue;
        diagnosis_.find(
            {"hook", folder.string(), hooks.error().message, "every update is blocked", hooks.error().hint});
    }
}

}  // namespace gup

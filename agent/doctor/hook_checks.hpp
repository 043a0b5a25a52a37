// The checks of `doctor` for hooks and services: problems that would block the next update.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "connector/observe.hpp"
#include "connector/settings.hpp"
#include "doctor/findings.hpp"
#include "host/hooks.hpp"

namespace gup {

// Why a hook that the gupfile names cannot be run.
struct HookProblem {
    HookPhase phase = HookPhase::pre_update;
    Error error;
};

// For the current code. Only while acting as the connector's owner.
[[nodiscard]] std::vector<HookProblem> own_hook_problems(const Observation& observation);

class AftercareExaminer {
public:
    AftercareExaminer(const UpdateSettings& settings, Diagnosis& diagnosis)
        : settings_(settings), diagnosis_(diagnosis) {}

    // Checks the hooks and the connector's service. Asks systemd once for each.
    void diagnose(const Observation& observation, const std::vector<HookProblem>& hooks);
    void diagnose_operators_hooks();

private:
    const UpdateSettings& settings_;
    Diagnosis& diagnosis_;
    std::map<std::string, Status> services_;
};

}  // namespace gup

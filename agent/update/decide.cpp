// SPDX-License-Identifier: Apache-2.0
#include "update/decide.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gup {
namespace {

// The code that is to be, and its gupfile.
void decide_code(const Observation& observation, const Fetched& fetched, Decision& decision) {
    decision.gupfile = observation.gupfile;
    decision.code_error = fetched.error ? fetched.error : observation.upstream.error;
    if (decision.code_error || fetched.deferred) return;
    decision.target = fetched.target;
    if (fetched.gupfile && fetched.target.conflicts.empty()) decision.gupfile = *fetched.gupfile;
}

void plan_steps(const Observation& observation, const std::string& stacks, const History& history, const Policy& policy,
                Decision& decision) {
    // For a declared connector always create the virtualenv: no person will do it.
    const PlanOptions options{policy.create_virtualenv || observation.is_declared(), history.held_back, policy.prune};
    decision.plan = make_plan(decision.gupfile, observation.code, decision.target, observation.virtualenv, options);
    decision.held_back = std::move(decision.plan.held_back);
    const bool is_other = observation.stacks.differ() && !decision.moves_code();
    if (decision.gupfile.usable() && (is_other || !stacks.empty())) {
        decision.plan.steps.emplace_back(UpdateStacks{stacks});
    }
    if (decision.damage.empty() || !decision.plan.empty()) return;  // a new release also repairs the folder
    decision.plan.steps.emplace_back(RestoreFolder{observation.connector.declared->local, decision.damage});
}

// A release that was rolled back here is not made again: neither its code, nor, where only the virtualenv went back,
// its pins.
Decision apply_quarantine(const Observation& observation, const History& history, const Policy& policy,
                          Decision decision) {
    const bool moves = decision.moves_code();
    const std::string& commit = moves ? decision.target.commit : observation.code.commit;
    const QuarantinedRelease* entry =
        find_quarantined(history.quarantine, {commit, decision.gupfile.pins, decision.settings});
    if (entry == nullptr) return decision;
    if (moves) {
        decision = decide_without_move(observation, history, policy, std::move(decision));
    } else {
        drop_steps(decision.plan);
    }
    decision.quarantined = *entry;
    decision.plan.code_blocked = display(*entry);
    decision.plan.code_hint = quarantine_hint(*entry, observation.connector.name);
    return decision;
}

// Nothing runs yet, and the first release would run without its packages.
bool lacks_packages(const Observation& observation, const Decision& decision) {
    return observation.is_declared() && observation.release.empty() && !decision.gupfile.usable();
}

// A release that an operator enabled is only changed by an operator.
Decision leave_release(const Observation& observation) {
    Decision decision;
    decision.gupfile = observation.gupfile;
    decision.plan.code_blocked =
        fmt::format("release {} was enabled by a person and stays: {}", observation.release, observation.code.detail);
    const std::string& name = observation.connector.name;
    decision.plan.code_hint = fmt::format("gup-agent release install {0}, then gup-agent release enable {0}", name);
    // One of a folder has no commit that a checkout could have.
    if (observation.code.commit.empty()) return decision;
    decision.plan.code_hint += fmt::format("; gup-agent adopt --back {} makes it a checkout again", name);
    return decision;
}

}  // namespace

bool Decision::moves_code() const {
    return std::any_of(plan.steps.begin(), plan.steps.end(), [](const Step& step) { return !moves_to(step).empty(); });
}

Decision decide(const Observation& observation, const Fetched& fetched, const History& history, const Policy& policy) {
    if (observation.code.condition == CodeCondition::chosen_by_hand) return leave_release(observation);
    Decision decision;
    decision.damage = fetched.damage;
    decision.settings = observation.stacks.settings + fetched.moved;
    decide_code(observation, fetched, decision);
    plan_steps(observation, fetched.stacks, history, policy, decision);
    decision = apply_quarantine(observation, history, policy, std::move(decision));
    if (lacks_packages(observation, decision)) drop_steps(decision.plan);
    if (decision.gupfile.layout == Layout::releases && observation.layout != Layout::releases) {
        decision.plan.notes.push_back(
            fmt::format("its gupfile asks for the releases layout: gup-agent adopt {}", observation.connector.name));
    }
    if (!fetched.deferred) return decision;
    decision = put_off(std::move(decision), *fetched.deferred);
    decision.defers_code = true;
    return decision;
}

Decision decide_without_move(const Observation& observation, const History& history, const Policy& policy,
                             Decision decision) {
    decision.gupfile = observation.gupfile;
    decision.target = {};
    plan_steps(observation, {}, history, policy, decision);
    return decision;
}

Decision put_off(Decision decision, const Deferral& deferral) {
    decision.deferred = deferral;
    decision.defers_code = decision.moves_code();
    drop_steps(decision.plan);
    return decision;
}

}  // namespace gup

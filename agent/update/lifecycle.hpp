// SPDX-License-Identifier: Apache-2.0
// The hooks and the health of one connector in one deployment. update/verify restarts the services of all connectors.
#pragma once

#include <string>

#include "connector/observe.hpp"
#include "connector/settings.hpp"
#include "deploy/deployment.hpp"
#include "host/units/health.hpp"

namespace gup {

// One connector's, for one transaction. Every call as the connector's owner, and in this order.
class Lifecycle {
public:
    // `after` is the gupfile of the new generation. All of them outlive this object.
    Lifecycle(const Observation& observation, const Gupfile& after, const UpdateSettings& settings,
              const RunEvents& events);

    // True when its health is checked before the commit: it names a service, or a health check.
    [[nodiscard]] bool needs_health_check() const;
    [[nodiscard]] const std::string& connector() const { return observation_.connector.name; }
    [[nodiscard]] const Owner& owner() const { return observation_.owner; }
    // What its health check judges.
    [[nodiscard]] Release release(const StagedGeneration& staged) const;
    // The unit to restart after activation, and again after a rollback; empty: none.
    [[nodiscard]] const std::string& service() const { return is_off_ ? no_service_ : after_.service; }
    // True when the operator has stopped and disabled the service of the gupfile: the update does not start it, and its
    // health is not checked. Known after check_claim().
    [[nodiscard]] bool is_off() const { return is_off_; }

    // The claim to restart service(), which is not empty.
    [[nodiscard]] UnitClaim claim() const;

    // Checks, before anything is staged, that the owner may restart the service. Fails as may_restart.
    [[nodiscard]] Status check_claim();

    // Checks that the service can be restarted and that the operator's hooks can be run. Then runs the pre-update
    // hooks. In place, the connector's own hook is that of the current code, because the new code is not in place yet.
    // Fails with the reason; nothing has changed.
    [[nodiscard]] Status pre_update(const StagedGeneration& staged);

    // Runs the post-update hooks. Fails with the reason for a rollback; with cancelled when a stop was requested:
    // then the release is not judged.
    [[nodiscard]] Status post_update(const StagedGeneration& staged);

    // Waits until the connector is healthy. Fails as post_update.
    [[nodiscard]] Status watch(const StagedGeneration& staged) const;

    // Restarts the units of its stacks that changed, and waits until their containers are healthy. Fails as post_update.
    [[nodiscard]] Status start_stacks(const StackDeployment& stacks) const;

    // The old generation is active again: runs its post-update hooks. What fails then goes to the log: the connector may be
    // unstable.
    void rolled_back(const StagedGeneration& staged);

    // The three for Deployment. They refer to this object.
    [[nodiscard]] DeploymentHooks hooks();

private:
    [[nodiscard]] bool has_post_update_hooks() const;
    [[nodiscard]] HookContext context_of(const StagedGeneration& staged) const;
    [[nodiscard]] Status run_phase(HookPhase phase, const std::string& own, HookContext context) const;
    [[nodiscard]] HealthSubject health_of(const StagedGeneration& staged) const;

    const Observation& observation_;
    const Gupfile& after_;
    const UpdateSettings& settings_;
    const RunEvents& events_;
    std::string no_service_;
    bool is_off_ = false;
    bool was_up_ = true;  // the service, before the update
};

// Logs that a connector may be unstable after a rollback with errors.
void log_unstable(const std::string& connector, const Error& error);

// True if a release that was rolled back because of `error` must be quarantined: not when the agent was stopped.
[[nodiscard]] bool is_the_releases_fault(const Error& error);

}  // namespace gup

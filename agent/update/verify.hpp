// SPDX-License-Identifier: Apache-2.0
// The common end of all deployments of a run: restarts their services, checks their health, and commits each or rolls
// it back.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "deploy/deployment.hpp"
#include "deploy/in_place_deployment.hpp"
#include "update/lifecycle.hpp"

namespace gup {

// A connector that is switched, its journal open. What it refers to outlives it.
struct Switched {
    Deployment* deployment = nullptr;
    Lifecycle* lifecycle = nullptr;
};

// One restart of all services, each once, those first that others need; then all windows of health at the same time; a
// connector that is healthy is committed as soon as that is known. The others are switched back, their post-update
// hooks run once more, and then the services of all of them are restarted once more, in one restart. A stop that was
// requested meanwhile takes back what is not committed. What came of each is in its result().
void verify_and_commit(const std::vector<Switched>& switched, const UpdateSettings& settings, const RunEvents& events);

// Runs all phases for a single connector, for commands. Fails as Lifecycle::check_claim does.
[[nodiscard]] Result<DeploymentResult> switch_alone(const DeploymentRequest& request, Lifecycle& care,
                                                    const UpdateSettings& settings, const RunEvents& events);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// The layout in place: code is the work tree of <root>/<name>. Code and virtualenv move together: staged, verified and
// flushed first, then switched under one journal. A crash or a failure at any moment leaves the old generation or the new one.
//
//   stage        copies the virtualenv into the new generation; the live one is never changed (deploy/virtualenv_stage)
//   activate     moves the work tree (source/git), then the link at the virtualenv's place (deploy/virtualenv_link)
//   commit       writes generation.json, then the journal's commit; then removes generations beyond update.keep
#pragma once

#include <memory>

#include "deploy/deployment.hpp"

namespace gup {

// `request` and all that it refers to outlive it.
[[nodiscard]] std::unique_ptr<Deployment> make_deployment(const DeploymentRequest& request,
                                                          const UpdateSettings& settings, const RunEvents& events);

}  // namespace gup

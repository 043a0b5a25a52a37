// A connector's code and virtualenv, moved together: staged, verified and flushed first, then switched under one
// journal. A crash or a failure at any moment leaves the old pair or the new one. This is the layout in place; the
// phases are update/pair_switch's:
//
//   stage        the new virtualenv is a copy beside the live one, which is never touched (update/environment_stage)
//   activate  the work tree (source/git), then the link at the virtualenv's place (update/environment_switch)
//   commit       generation.json; then the journal's commit, from where on it is the new pair; then generations beyond
//                update.keep are removed
#pragma once

#include <memory>

#include "deploy/deployment.hpp"

namespace gup {

// `request` and all that it refers to outlive it.
[[nodiscard]] std::unique_ptr<Deployment> make_deployment(const DeploymentRequest& request,
                                                          const UpdateSettings& settings, const RunEvents& events);

}  // namespace gup

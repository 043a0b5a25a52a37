// SPDX-License-Identifier: Apache-2.0
// The releases layout: code is in a release of its own, <root>/.gup/<name>/<id>. A new release is made next to the one
// that runs, or an installed one is enabled. One rename switches the link <root>/<name>.
//
//   stage        makes the new release, whole and flushed (deploy/release_builder)
//   activate     the virtualenv's place leads to <root>/<name>/.venv, then the link leads to the release
//   commit       the journal's commit; then removes releases beyond update.keep
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "connector/layout.hpp"
#include "deploy/in_place_deployment.hpp"

namespace gup {

// `request` and all that it refers to outlive it. With back_to, that release is switched to; it fails with conflict
// when a real file or folder is where a link is to be, corrupt when its virtualenv is gone.
[[nodiscard]] std::unique_ptr<Deployment> make_release_deployment(const DeploymentRequest& request,
                                                                  const UpdateSettings& settings,
                                                                  const RunEvents& events);

// True if the virtualenv's path leads to the enabled release.
[[nodiscard]] bool leads_to_release(const ConnectorLayout& site);

// Removes the oldest so that `keep` stay; never the enabled one and the one before it. Returns their ids. As the owner.
[[nodiscard]] Result<std::vector<std::string>> prune_releases(const ConnectorLayout& site, const fs::path& state,
                                                              std::size_t keep);

}  // namespace gup

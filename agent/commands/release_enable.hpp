// SPDX-License-Identifier: Apache-2.0
// Enabling a release by hand.
#pragma once

#include <string>

#include "connector/settings.hpp"
#include "core/report.hpp"
#include "deploy/code_tree.hpp"
#include "util/result.hpp"

namespace gup {

// Makes <root>/<name> lead to the release `wanted.version`, and the virtualenv's place to its .venv; each with one
// rename. Without a version it is the latest release of the commit or folder that `release install` would take now. Fails
// with invalid_input when it is not installed, conflict when a real file or folder is in the way. Only under the lock.
[[nodiscard]] Result<RunReport> run_release_enable(const UpdateSettings& settings, const ReleaseRequest& wanted,
                                                   const RunEvents& events);

}  // namespace gup

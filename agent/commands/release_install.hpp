// SPDX-License-Identifier: Apache-2.0
// An operator's versioned install of a release. Only under the lock.
#pragma once

#include <string>
#include <vector>

#include "connector/settings.hpp"
#include "core/report.hpp"
#include "deploy/code_tree.hpp"
#include "deploy/in_place_deployment.hpp"
#include "util/result.hpp"

namespace gup {

// Builds <root>/.gup/<name>/<id>/ with code and virtualenv, pins installed and verified, flushed. generation.json is
// written last, with one rename; until then only that folder is touched. The report is updated, unchanged (already
// installed) or failed (nothing is left). Fails with invalid_input, not_found, conflict or unsupported for a wrong
// request.
[[nodiscard]] Result<RunReport> run_release_install(const UpdateSettings& settings, const ReleaseRequest& request,
                                                    const RunEvents& events);

}  // namespace gup

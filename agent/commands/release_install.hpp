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

// Makes <root>/.gup/<name>/<id>/ with code and virtualenv, pins installed and verified, flushed; generation.json, which
// makes it one, comes last with one rename, and until then nothing but that folder is touched. The report is updated,
// unchanged (it is installed already) or failed (nothing is left). Fails with invalid_input, not_found, conflict or
// unsupported when the request makes no sense here.
[[nodiscard]] Result<RunReport> run_release_install(const UpdateSettings& settings, const ReleaseRequest& request,
                                                    const RunEvents& events);

}  // namespace gup

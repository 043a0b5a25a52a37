// Enabling a release by hand.
#pragma once

#include <string>

#include "connector/settings.hpp"
#include "core/report.hpp"
#include "util/result.hpp"

namespace gup {

// Makes <root>/<name> lead to a release that is installed, and the virtualenv's place to its .venv; each with one
// rename. Fails with invalid_input when it is not installed, conflict when a real file or folder is in the way.
// Only under the lock.
[[nodiscard]] Result<RunReport> run_release_enable(const UpdateSettings& settings, const std::string& name,
                                                   const std::string& id, const RunEvents& events);

}  // namespace gup

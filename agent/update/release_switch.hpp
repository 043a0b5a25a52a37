// The installed releases of a connector, and the move to another one by hand. All of it only under the lock, except
// read_releases.
#pragma once

#include <string>
#include <vector>

#include "connector/settings.hpp"
#include "core/generation.hpp"
#include "core/report.hpp"
#include "update/rollback.hpp"
#include "util/result.hpp"

namespace gup {

// Makes <root>/<name> lead to a release that is installed, and the virtualenv's place to its .venv; each with one
// rename. Fails with invalid_input when it is not installed, conflict when a real file or folder stands in the way.
[[nodiscard]] Result<RunReport> run_release_enable(const UpdateSettings& settings, const std::string& name,
                                                   const std::string& id, const RunEvents& events);

// Back to the release before the enabled one, or to `id`; the one that is left is not brought back by the next night.
[[nodiscard]] Result<RunReport> run_release_rollback(const UpdateSettings& settings, const RollbackRequest& request,
                                                     const RunEvents& events);

struct ReleaseList {
    std::vector<Generation> releases;  // the latest first
    std::string enabled;               // empty: none, or somewhere else
};
// Changes nothing; needs no lock. Fails with invalid_input when no connector is called that.
[[nodiscard]] Result<ReleaseList> read_releases(const UpdateSettings& settings, const std::string& name);

// Removes the oldest so that `keep` stay; never the enabled one and the one before it. Actions say which.
[[nodiscard]] Result<RunReport> run_release_prune(const UpdateSettings& settings, const std::string& name,
                                                  std::size_t keep, const RunEvents& events);

}  // namespace gup

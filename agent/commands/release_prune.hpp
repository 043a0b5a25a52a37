// SPDX-License-Identifier: Apache-2.0
// The installed releases of a connector, and the removal of old ones.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "connector/settings.hpp"
#include "core/generation.hpp"
#include "core/report.hpp"
#include "util/result.hpp"

namespace gup {

struct ReleaseList {
    std::vector<Generation> releases;  // the latest first
    std::string enabled;               // empty: none, or somewhere else
};
// Changes nothing; needs no lock. Fails with invalid_input when no connector is called that.
[[nodiscard]] Result<ReleaseList> read_releases(const UpdateSettings& settings, const std::string& name);

// Removes the oldest so that `keep` stay; never the enabled one and the one before it. Actions say which. Only under
// the lock.
[[nodiscard]] Result<RunReport> run_release_prune(const UpdateSettings& settings, const std::string& name,
                                                  std::size_t keep, const RunEvents& events);

}  // namespace gup

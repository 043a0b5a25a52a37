// SPDX-License-Identifier: Apache-2.0
// Turning a connector that is a git checkout into the releases layout, and back, under its journal. All files in its
// folder move along, also untracked and changed ones; at each moment <root>/<name> leads to it.
#pragma once

#include <string>

#include "connector/settings.hpp"
#include "core/report.hpp"
#include "util/result.hpp"

namespace gup {

enum class AdoptInto : std::uint8_t { releases, in_place };

// releases: the folder becomes the first release, its .git becomes <root>/.gup/<name>/repository, the virtualenv the
// release's .venv, and what the gupfile persists moves to shared/.
// in_place: the enabled release becomes the folder, and the repository is at its commit. Other releases stay.
// The report is updated, unchanged (it is that way already) or failed (everything is as it was). Fails with
// invalid_input or conflict when it makes no sense here. Only under the lock.
[[nodiscard]] Result<RunReport> run_adopt(const UpdateSettings& settings, const std::string& name, AdoptInto into,
                                          const RunEvents& events);

}  // namespace gup

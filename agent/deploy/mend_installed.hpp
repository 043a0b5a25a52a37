// SPDX-License-Identifier: Apache-2.0
// After an installer's call: mends what it broke in distributions that it was not asked to change, and finds out whether
// what it installed is whole.
#pragma once

#include <string>
#include <vector>

#include "connector/settings.hpp"
#include "deploy/install_pins.hpp"
#include "python/shared_files.hpp"

namespace gup {

// `before`: of the staged virtualenv before the call. Installs again what lost files to another distribution, and what
// differs from its RECORD. If that gives the same, the RECORD of the wheel is not right: a warning. Files that two
// distributions have with different content are a warning, too. Returns what is still not whole, and changes
// `installed.virtualenv`.
[[nodiscard]] std::vector<Error> mend_installed(const RecordStamps& before, const InstallTarget& place,
                                                const InstallerSettings& settings, const RunEvents& events,
                                                Installed& installed);

}  // namespace gup

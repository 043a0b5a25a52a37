// After an installer's call: mends what it broke in distributions that it was not asked to change, and finds out whether
// what it installed is whole.
#pragma once

#include <string>
#include <vector>

#include "connector/settings.hpp"
#include "deploy/install_pins.hpp"
#include "python/shared_files.hpp"

namespace gup {

// `before`: of the staged virtualenv before the call. Installs again what lost files to another distribution, and what differs from its RECORD: if that gives the same, the
// RECORD of the wheel is not right, which is a warning. Files that two distributions have with different content are a
// warning. Returns what is still not whole, one sentence each, and changes `installed.virtualenv`.
[[nodiscard]] std::vector<std::string> mend_installed(const RecordStamps& before, const InstallTarget& place,
                                                      const InstallerSettings& settings, const RunEvents& events,
                                                      Installed& installed);

}  // namespace gup

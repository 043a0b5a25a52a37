// SPDX-License-Identifier: Apache-2.0
// The step from the bash script client-connector-updater to this agent: its line in the user's crontab.
#pragma once

#include "app/config/config.hpp"
#include "app/setup/crontab.hpp"
#include "util/result.hpp"

namespace gup {

struct TakenOver {
    CrontabEdit edit;
    fs::path backup;                     // the table before
    std::vector<std::string> elsewhere;  // lines of the script in tables of the system, which a person has to change
};

// Edits the crontab of this process's user, and keeps the old table in the state folder. Nothing changes if no line starts the
// script. Fails as read_own_crontab and write_own_crontab do.
[[nodiscard]] Result<TakenOver> take_over_script(const Config& config);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// The state of the gateway, as `status` shows it. Reads the agent's files and root; asks no remote.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/config/config.hpp"
#include "app/look/connector_view.hpp"
#include "app/look/next_run.hpp"
#include "connector/scan.hpp"
#include "host/reboot.hpp"
#include "util/result.hpp"

namespace gup {

struct RunningRun {
    int pid = 0;           // 0: none
    UnixTime since = 0;    // 0: unknown
    bool is_known = true;  // false: this user may not see the lock
};

struct Overview {
    std::string host;
    fs::path root;
    std::vector<Connector> in_root;    // the chosen ones that are in root
    std::vector<ConnectorView> views;  // the chosen connectors, sorted by name
    StatusDocument document;
    std::optional<LastRun> last_run;
    std::optional<RebootRequest> reboot;
    std::string lost_run;  // a sentence; empty: none
    RunningRun running;
    RunForecast forecast;
    std::string unread;  // what this user may not read; empty: nothing
};

// Fails with invalid_input for a name that neither root nor the status document has, and as read_status, read_holds.
[[nodiscard]] Result<Overview> look_over(const Config& config, const std::vector<std::string>& names);

// Fails with invalid_input: no connector has that name. The hint has the nearest one.
[[nodiscard]] Error unknown_connector(const std::string& name, const std::vector<std::string>& known);

}  // namespace gup

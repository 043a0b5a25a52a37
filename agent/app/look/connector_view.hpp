// SPDX-License-Identifier: Apache-2.0
// One connector as `status` shows it: what the runs wrote, what an operator holds, and what is in root. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/report.hpp"
#include "status/holds.hpp"
#include "status/last_run.hpp"
#include "status/status_document.hpp"

namespace gup {

struct ConnectorView {
    std::string state;         // "ok", "updated", "failed", "held", "new", …
    std::string version;       // "main 1874970", or the release's id
    std::string detail;        // one line; may be empty
    bool is_known = false;     // a run has seen it
    bool is_there = true;      // it is in root
    UnixTime time = 0;         // when the outcome was last seen
    std::optional<Hold> hold;  // in force
    ConnectorStatus status;    // with the connector's name in any case
    [[nodiscard]] const std::string& name() const { return status.report.name; }
};

struct ViewSources {
    const ConnectorStatus* status = nullptr;  // nullptr: no run has seen it
    const Hold* hold = nullptr;
    bool is_there = true;
    std::string release;  // the enabled one; empty: none
};
[[nodiscard]] ConnectorView view_connector(const std::string& name, const ViewSources& sources,
                                           const std::optional<LastRun>& last_run);

// The same judgement as a run's: an outcome that is no success, or nothing that could be reached. Also one whose newest
// release was rolled back, by the agent or by a person.
[[nodiscard]] ExitCode judge_views(const std::vector<ConnectorView>& views);

// "4 connectors: 2 ok, 1 failed, 1 held".
[[nodiscard]] std::string count_views(const std::vector<ConnectorView>& views);

}  // namespace gup

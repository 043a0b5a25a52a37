// SPDX-License-Identifier: Apache-2.0
// A run over the connectors of one owner, in that owner's worker.
#pragma once

#include <vector>

#include "connector/observe.hpp"
#include "connector/settings.hpp"
#include "core/report.hpp"
#include "status/status_document.hpp"
#include "update/decide.hpp"

namespace gup {

struct OwnerRun {
    std::vector<Connector> connectors;
    std::vector<std::string> named;  // on the command line
};

// The pins and releases that earlier runs held back, without those of named connectors: a name asks for a new try.
[[nodiscard]] History history_of(const std::string& connector, const StatusDocument& status,
                                 const std::vector<std::string>& named, const UpdateSettings& settings);

// Finishes what a crash interrupted, then updates all of them. Each report goes to events.finished as soon as nothing
// follows for its connector. A connector whose server answers late is updated after the others, which do not wait for it
// longer than settings.patience.
void run_for_owner(const OwnerRun& run, const StatusDocument& status, const UpdateSettings& settings,
                   const RunEvents& events);

}  // namespace gup

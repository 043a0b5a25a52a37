// SPDX-License-Identifier: Apache-2.0
// Connectors on hold: a run and a check only say so.
#pragma once

#include "core/report.hpp"
#include "status/holds.hpp"
#include "status/status_document.hpp"
#include "update/supervise/check.hpp"

namespace gup {

// Skipped, with what `status` knows of it.
[[nodiscard]] ConnectorReport held_report(const Hold& hold, const StatusDocument& status);
[[nodiscard]] CheckReport held_check(const Hold& hold);

}  // namespace gup

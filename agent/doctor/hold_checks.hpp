// SPDX-License-Identifier: Apache-2.0
// Connectors that an operator holds.
#pragma once

#include <vector>

#include "doctor/findings.hpp"
#include "status/holds.hpp"
#include "util/clock.hpp"

namespace gup {

// So long may a hold without an end be forgotten: then doctor tells it.
inline constexpr UnixTime longest_quiet_hold = UnixTime{30} * 24 * 3600;

// A note for each hold without an end that is older.
void diagnose_holds(const std::vector<Hold>& holds, UnixTime now, Diagnosis& diagnosis);
// The same for the file in the agent's state folder; a file that cannot be read is a finding.
void check_holds(const fs::path& state, UnixTime now, Diagnosis& diagnosis);

}  // namespace gup

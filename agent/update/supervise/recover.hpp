// SPDX-License-Identifier: Apache-2.0
// Recovery of interrupted transactions, each in a worker of the owner that its journal names.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "connector/settings.hpp"
#include "transaction/recovery.hpp"

namespace gup {

// By connector, in the order of the names. An error: it could not be undone, and its journal stays.
[[nodiscard]] std::map<std::string, Result<Recovered>> recover_journals(const UpdateSettings& settings,
                                                                        const std::vector<std::string>& connectors);

// The same for one connector, if it has a journal; with a line in the log for each action.
[[nodiscard]] Status recover_named(const UpdateSettings& settings, const std::string& connector);

}  // namespace gup

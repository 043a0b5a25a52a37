// SPDX-License-Identifier: Apache-2.0
// Recovery after a crash: the only reader of journals.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connector/settings.hpp"
#include "host/owner.hpp"
#include "util/result.hpp"

namespace gup {

// Undoes or finishes what the journal of `connector` says, and sweeps what is left of generations. When the connector's
// folder is gone, its work tree is forgotten, with a warning in the log. Fails with conflict when a person has changed
// the work tree since, and with unsupported or corrupt for a journal of another program. Then the journal stays, and the
// connector is left alone. As that user: see recovery_owner.
struct Recovered {
    std::vector<std::string> actions;  // for people
};
[[nodiscard]] Result<Recovered> recover_connector(const UpdateSettings& settings, const std::string& connector);

// The owner as whom that must be done; nullopt when there is nothing of an owner's to undo. Fails as recover_connector.
[[nodiscard]] Result<std::optional<Owner>> recovery_owner(const UpdateSettings& settings, const std::string& connector);

// The same if there is a journal, with a line in the log for each action.
[[nodiscard]] Status recover_if_needed(const UpdateSettings& settings, const std::string& connector);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// <state>/holds.json: connectors that an operator holds. A run skips them, and asks nothing of their remotes.
#pragma once

#include <string>
#include <vector>

#include "util/clock.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct Hold {
    std::string connector;
    UnixTime since = 0;
    UnixTime until = 0;  // 0: it has no end
    std::string reason;  // the operator's words; may be empty
    std::string by;      // the user's name; may be empty

    friend bool operator==(const Hold&, const Hold&) = default;
};

[[nodiscard]] fs::path holds_file(const fs::path& state);

// The holds in force at `now`, by name. Empty when the file is missing. Fails with corrupt when it is not of this schema:
// then it is unknown what is held.
[[nodiscard]] Result<std::vector<Hold>> read_holds(const fs::path& state, UnixTime now);
// Nullptr: the connector is not held.
[[nodiscard]] const Hold* find_hold(const std::vector<Hold>& holds, const std::string& connector);

// Both take a lock of their own, not the run's, and also drop the holds that have ended. Replaces holds of the same
// connectors.
[[nodiscard]] Status add_holds(const fs::path& state, const std::vector<Hold>& added, UnixTime now);
// The names that were held, sorted. All holds when `connectors` is empty.
[[nodiscard]] Result<std::vector<std::string>> remove_holds(const fs::path& state,
                                                            const std::vector<std::string>& connectors, UnixTime now);

// "on hold until 2026-12-07 17:05: the meter is being replaced"; the same text every night.
[[nodiscard]] std::string display(const Hold& hold);
[[nodiscard]] std::string unhold_hint(const std::string& connector);

}  // namespace gup

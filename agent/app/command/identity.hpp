// SPDX-License-Identifier: Apache-2.0
// The person who called the agent, and the agent itself, for rooms that may not depend on the commit.
#pragma once

#include <string>

namespace gup {

// With sudo the user who called it; else this process's user. A number for a user without a name.
[[nodiscard]] std::string calling_user();

// The agent's version: "0.1.0".
[[nodiscard]] std::string own_version();

}  // namespace gup

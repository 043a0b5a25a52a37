// SPDX-License-Identifier: Apache-2.0
// The person who called the agent, for the history and for holds.
#pragma once

#include <string>

namespace gup {

// With sudo the user who called it; else this process's user. A number for a user without a name.
[[nodiscard]] std::string calling_user();

}  // namespace gup

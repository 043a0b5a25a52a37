// SPDX-License-Identifier: Apache-2.0
// The environment of this process.
#pragma once

#include <string>
#include <vector>

namespace gup {

// The value of a variable; empty when it is not set.
[[nodiscard]] std::string environment_value(const char* name);

// The names of all variables.
[[nodiscard]] std::vector<std::string> environment_names();

// The name of this machine; "localhost" if it has none.
[[nodiscard]] std::string host_name();

}  // namespace gup

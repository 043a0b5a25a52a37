// The environment of this process.
#pragma once

#include <string>

namespace gup {

// The value of a variable; empty when it is not set.
[[nodiscard]] std::string environment_value(const char* name);

}  // namespace gup

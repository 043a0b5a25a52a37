// SPDX-License-Identifier: Apache-2.0
// What two services of a stack cannot both have.
#pragma once

#include "core/compose/reading.hpp"

namespace gup::compose {

// Of two ports with the same number and protocol. 0.0.0.0 and :: are different families.
[[nodiscard]] bool is_same_address(const std::string& a, const std::string& b);

// Refuses the same name of a container, or the same port of the gateway, twice; and ports that cannot be published.
void find_clashes(const Project& project, Reading& reading);

}  // namespace gup::compose

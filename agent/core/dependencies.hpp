// SPDX-License-Identifier: Apache-2.0
// What an installed distribution depends on, read from its Requires-Dist headers. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/declaration/requirement.hpp"
#include "core/observed.hpp"

namespace gup {

enum class DependenciesOf : std::uint8_t {
    all,          // the distribution itself, and its extras
    only_extras,  // only what it needs because of its extras
};

// Those whose markers are true for `markers`, evaluated as pip does. A header that is no requirement is left out.
[[nodiscard]] std::vector<Requirement> dependencies(const Distribution& distribution,
                                                    const std::vector<std::string>& extras,
                                                    const MarkerEnvironment& markers, DependenciesOf which);

}  // namespace gup

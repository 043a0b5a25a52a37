// SPDX-License-Identifier: Apache-2.0
#include "core/quadlet/render.hpp"

#include <algorithm>

namespace gup::quadlet {

bool UnitSet::usable() const {
    return std::ranges::none_of(problems, [](const Problem& it) { return it.severity == Severity::error; });
}

}  // namespace gup::quadlet

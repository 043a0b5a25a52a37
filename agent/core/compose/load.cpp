// SPDX-License-Identifier: Apache-2.0
#include "core/compose/load.hpp"

#include <algorithm>

namespace gup::compose {

bool Loaded::usable() const {
    return std::ranges::none_of(problems, [](const Problem& it) { return it.severity == Severity::error; });
}

}  // namespace gup::compose

// SPDX-License-Identifier: Apache-2.0
// The key `exclude` of a gupfile against its other keys. Private to core.
#pragma once

#include <string_view>

#include "core/declaration/gupfile.hpp"

namespace gup::detail {

// An error for each pattern that leaves out what persist, a hook or another program needs. `text` is the whole gupfile.
void check_exclude(Gupfile& gupfile, std::string_view text);

}  // namespace gup::detail

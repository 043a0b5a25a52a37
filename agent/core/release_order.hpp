// SPDX-License-Identifier: Apache-2.0
// The order of a connector's releases in a list.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/generation.hpp"

namespace gup {

enum class ReleaseOrder : std::uint8_t { time, version };

// The latest first: by installation, or by their ids. Ids that are versions (PEP 440) come first, in the order of
// versions. In all others numbers have their value ("main-10" is later than "main-9"), and everything else its bytes. Ids that
// begin with a date are in the order of their dates.
void sort_releases(std::vector<Generation>& releases, ReleaseOrder order);

// Whether the id `a` is of a later version than `b`.
[[nodiscard]] bool is_later_id(std::string_view a, std::string_view b);

}  // namespace gup

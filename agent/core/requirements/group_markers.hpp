// SPDX-License-Identifier: Apache-2.0
// Markers of lock files that ask for extras and dependency groups (PEP 751).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace gup::detail {

// `marker` for an installation without extras and with the dependency groups `groups`: it depends on the environment only.
// Empty: it is always true. Nullopt: never. Fails as Marker::parse; `mistake_at` too.
[[nodiscard]] Result<std::optional<std::string>> marker_for_groups(std::string_view marker,
                                                                   const std::vector<std::string>& groups,
                                                                   std::size_t* mistake_at = nullptr);

}  // namespace gup::detail

// Pins that are not available are remembered, so that they cost nothing each night.
#pragma once

#include <cstdint>
#include <vector>

#include "core/declaration/requirement.hpp"
#include "core/report.hpp"

namespace gup {

// After so many seconds a held pin is tried again.
inline constexpr std::int64_t held_pin_patience = std::int64_t{7} * 24 * 3600;

// True when `held` is about this pin: same name, version and source (without secrets).
[[nodiscard]] bool holds_back(const HeldPin& held, const Requirement& pin);

// The pins of `held` that are still in force at `now`. A clock that went back keeps them.
[[nodiscard]] std::vector<HeldPin> in_force(const std::vector<HeldPin>& held, std::int64_t now);

}  // namespace gup

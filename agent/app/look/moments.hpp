// SPDX-License-Identifier: Apache-2.0
// Moments and spans that a person writes on the command line.
#pragma once

#include <string>
#include <string_view>

#include "util/clock.hpp"
#include "util/result.hpp"
#include "util/time_zone.hpp"

namespace gup {

// "7d", "12h", "90m", "2w": seconds, at least one. Fails with invalid_input; the hint has an example.
[[nodiscard]] Result<UnixTime> parse_span(std::string_view text, std::string_view option);

// "2026-12-24", "2026-12-24 18:00", "2026-12-24T18:00", "2026-12-24T17:00:00Z"; without Z in `zone`, a date alone is its
// first moment. Fails as parse_span.
[[nodiscard]] Result<UnixTime> parse_moment(std::string_view text, std::string_view option, const TimeZone& zone);

}  // namespace gup

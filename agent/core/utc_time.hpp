// Moments as documents that go around the world write them: "2026-11-21T02:00:00Z" (RFC 3339, always UTC, no
// fractions).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gup {

// Seconds since the epoch; nullopt when `text` is not of that form or no such moment exists.
[[nodiscard]] std::optional<std::int64_t> parse_utc(std::string_view text);
// The inverse, for the years 0 to 9999.
[[nodiscard]] std::string format_utc(std::int64_t seconds);

}  // namespace gup

// Moments in the form of exchanged documents: "2026-11-21T02:00:00Z" (RFC 3339, always UTC, no fractions).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gup {

// Seconds since the epoch; nullopt if `text` has another form or there is no such moment.
[[nodiscard]] std::optional<std::int64_t> parse_utc(std::string_view text);
// The inverse, for the years 0 to 9999.
[[nodiscard]] std::string format_utc(std::int64_t seconds);

}  // namespace gup

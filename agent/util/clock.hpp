// SPDX-License-Identifier: Apache-2.0
// Time as a parameter, so that tests can replace it. 64 bit on every target (clock_gettime, not chrono's now()).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace gup {

using Milliseconds = std::chrono::milliseconds;

// Seconds since 1970-01-01T00:00:00Z.
using UnixTime = std::int64_t;

class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual UnixTime now() const = 0;
    // Since some fixed moment; never goes back.
    [[nodiscard]] virtual Milliseconds monotonic() const = 0;
};

[[nodiscard]] const Clock& system_clock();

// "2026-11-21T02:00:13+0100", in the machine's time zone. If the zone is unknown: UTC, "+0000".
[[nodiscard]] std::string format_time(UnixTime time);
// The inverse of format_time; -1 when `text` does not have that form.
[[nodiscard]] UnixTime parse_time(const std::string& text);
// "Sat, 21 Nov 2026 02:00:13 GMT" of an HTTP Date header (RFC 9110, IMF-fixdate); -1 for anything else.
[[nodiscard]] UnixTime parse_http_date(const std::string& text);

// The form of exchanged documents, "2026-11-21T02:00:00Z" (RFC 3339, always UTC, no fractions). Nullopt if `text` has
// another form or there is no such moment.
[[nodiscard]] std::optional<UnixTime> parse_utc(const std::string& text);
// The inverse, for the years 0 to 9999.
[[nodiscard]] std::string format_utc(UnixTime time);

}  // namespace gup

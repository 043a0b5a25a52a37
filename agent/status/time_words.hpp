// SPDX-License-Identifier: Apache-2.0
// Times as people read them. Pure but for the time zone, which the caller gives.
#pragma once

#include <string>

#include "util/clock.hpp"
#include "util/time_zone.hpp"

namespace gup {

// "2026-11-21 02:00".
[[nodiscard]] std::string local_text(UnixTime time, const TimeZone& zone);
// The same in the machine's zone.
[[nodiscard]] std::string local_text(UnixTime time);

// "40 s ago", "2 min ago", "3 h ago", "12 days ago"; the date after 60 days, and for a time to come. 0: "never".
[[nodiscard]] std::string ago_text(UnixTime time, UnixTime now, const TimeZone& zone);

// "today 14:00", "tonight 02:01", "tomorrow 14:00", "Thu 02:01" for the next six days; else the date.
[[nodiscard]] std::string coming_text(UnixTime time, UnixTime now, const TimeZone& zone);

}  // namespace gup

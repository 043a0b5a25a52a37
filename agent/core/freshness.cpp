// SPDX-License-Identifier: Apache-2.0
#include "core/freshness.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "util/clock.hpp"

namespace gup {
namespace {

// A clock that is behind by less than this is not wrong.
constexpr std::int64_t clock_tolerance = 86'400;

}  // namespace

StalenessVerdict judge_expiry_of(std::string_view what, std::int64_t expires, const ReaderClock& clock) {
    if (clock.now + clock_tolerance < clock.earliest) {
        return {Staleness::clock_wrong,
                fmt::format("this machine's clock says {}, but {} has passed: the agent cannot tell whether {} has "
                            "expired",
                            format_utc(clock.now), format_utc(clock.earliest), what)};
    }
    // A moment that has certainly passed has also passed for a clock that is a little behind.
    if (expires <= std::max(clock.now, clock.earliest)) {
        return {Staleness::expired,
                fmt::format("{} expired at {} (it is {} now)", what, format_utc(expires), format_utc(clock.now))};
    }
    return {};
}

StalenessVerdict judge_order_of(std::string_view what, std::uint64_t number, std::uint64_t highest) {
    if (number >= highest) return {};
    return {Staleness::older, fmt::format("{} {} is older than {}, which was seen already", what, number, highest)};
}

}  // namespace gup

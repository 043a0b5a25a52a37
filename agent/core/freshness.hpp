// SPDX-License-Identifier: Apache-2.0
// Whether signed data is still the newest: the agent's own manifest, and archives. Without it a server could go back to an
// old one that was signed once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gup {

struct ReaderClock {
    std::int64_t now = 0;       // seconds since the epoch, by this machine's clock
    std::int64_t earliest = 0;  // a moment that has certainly passed: the clock is wrong when it is before that
};

enum class Staleness : std::uint8_t {
    none,
    clock_wrong,  // it is unknown whether it has expired
    expired,      //
    older,        // than what was seen before
};

struct StalenessVerdict {
    Staleness staleness = Staleness::none;
    std::string message;  // for people; empty for none
};

// Whether `expires` has passed, as far as the clock can be trusted. `what`: "the manifest".
[[nodiscard]] StalenessVerdict judge_expiry_of(std::string_view what, std::int64_t expires, const ReaderClock& clock);

// Whether `number` is below the `highest` that was seen. `what`: "the manifest's serial".
[[nodiscard]] StalenessVerdict judge_order_of(std::string_view what, std::uint64_t number, std::uint64_t highest);

}  // namespace gup

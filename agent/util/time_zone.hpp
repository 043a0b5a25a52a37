// SPDX-License-Identifier: Apache-2.0
// Time zones from the system's files (/usr/share/zoneinfo), as values. Nothing depends on the process's own zone, which
// all threads share.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "util/clock.hpp"
#include "util/result.hpp"

namespace gup {

class TimeZone {
public:
    // "Europe/Berlin", "UTC". Empty: the machine's own ($TZ, else /etc/localtime, else UTC). Fails with invalid_input
    // for an unknown name. A zone is read once per process.
    [[nodiscard]] static Result<TimeZone> load(const std::string& name);

    // The local time of `time`.
    [[nodiscard]] std::chrono::local_seconds local_time(UnixTime time) const;

    // The moment of the local time `local`: it exists once, never (clocks skip it) or twice (clocks go back).
    enum class Occurrence : std::uint8_t { once, never, twice };
    struct Moment {
        Occurrence occurrence = Occurrence::once;
        UnixTime first = 0;  // never: the moment of the jump
    };
    [[nodiscard]] Moment moment_of(std::chrono::local_seconds local) const;

    // The first moment after `time` at which clocks change; nullopt if there is none.
    [[nodiscard]] std::optional<UnixTime> next_change(UnixTime time) const;

private:
    struct Zone;
    explicit TimeZone(std::shared_ptr<const Zone> zone) : zone_(std::move(zone)) {}
    std::shared_ptr<const Zone> zone_;
};

}  // namespace gup

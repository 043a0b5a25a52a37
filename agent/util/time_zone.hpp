// Time zones from the system's files (/usr/share/zoneinfo), each a value: nothing depends on the process's own zone,
// which would be one for all threads.
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
    // for a name that is no zone on this machine. Read once in the life of a process.
    [[nodiscard]] static Result<TimeZone> load(const std::string& name);

    // What clocks there show at `time`.
    [[nodiscard]] std::chrono::local_seconds local_time(UnixTime time) const;

    // When clocks there show `local`: once; not at all, because they jump over it forwards; or twice, because they jump
    // back.
    enum class Occurrence : std::uint8_t { once, never, twice };
    struct Moment {
        Occurrence occurrence = Occurrence::once;
        UnixTime first = 0;  // never: the moment of the jump
    };
    [[nodiscard]] Moment moment_of(std::chrono::local_seconds local) const;

    // The first moment after `time` at which clocks are put forward or back; nullopt when there is none.
    [[nodiscard]] std::optional<UnixTime> next_change(UnixTime time) const;

private:
    struct Zone;
    explicit TimeZone(std::shared_ptr<const Zone> zone) : zone_(std::move(zone)) {}
    std::shared_ptr<const Zone> zone_;
};

}  // namespace gup

// Restarting the gateway, through a command that the operator chooses.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "util/clock.hpp"
#include "util/result.hpp"

namespace gup {

// After a run with changes: never; only if a change needs a reboot; always.
enum class RebootWish : std::uint8_t { never, when_needed, always };

struct RebootSettings {
    RebootWish wish = RebootWish::when_needed;
    Milliseconds delay{15'000};
    std::vector<std::string> command{"systemctl", "reboot"};
};

// Waits the delay, then runs the command. Fails with cancelled when a stop was requested meanwhile, failed when the
// command does not end with 0 (the message has its last output).
[[nodiscard]] Status reboot(const RebootSettings& settings);

}  // namespace gup

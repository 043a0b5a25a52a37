// Restarting the gateway, through a command that the operator chooses.
#pragma once

#include <string>
#include <vector>

#include "util/clock.hpp"
#include "util/result.hpp"

namespace gup {

struct RebootSettings {
    bool wanted = true;
    Milliseconds delay{15'000};
    std::vector<std::string> command{"systemctl", "reboot"};
};

// Waits the delay, then runs the command. Fails with cancelled when a stop was requested meanwhile, failed when the
// command does not end with 0 (its last words are in the message).
[[nodiscard]] Status reboot(const RebootSettings& settings);

}  // namespace gup

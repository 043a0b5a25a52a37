// SPDX-License-Identifier: Apache-2.0
// Messages of a service to its manager: sd_notify(3) and its watchdog. Speaks the protocol itself, because libsystemd
// is not a static library.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "util/clock.hpp"

namespace gup {

class ServiceNotifier {
public:
    // Removes $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID from the environment, so that no child speaks for the
    // service. Without them nothing is sent. Call it before other threads exist.
    [[nodiscard]] static ServiceNotifier take_from_environment();
    // Restores the variables, for a program that this process executes.
    void give_back() const;

    // One message: lines such as "READY=1" and "STATUS=…". A missing listener is not an error.
    void tell(std::string_view message) const;

    // The interval for "WATCHDOG=1": half of the manager's timeout; nullopt if there is none.
    [[nodiscard]] std::optional<Milliseconds> watchdog_interval() const;

private:
    std::string socket_;
    std::string watchdog_;  // microseconds
};

}  // namespace gup

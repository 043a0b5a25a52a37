// What a service tells its manager: sd_notify(3) and its watchdog, the protocol itself (libsystemd is no static
// library).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "util/clock.hpp"

namespace gup {

class ServiceNotifier {
public:
    // Takes $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID out of the environment, so that no child speaks for the
    // service. Without them nothing is told to anybody. No other threads yet.
    [[nodiscard]] static ServiceNotifier take_from_environment();
    // Puts them back, for a program that this process becomes.
    void give_back() const;

    // One message: lines such as "READY=1" and "STATUS=…". That nobody listens is no error.
    void tell(std::string_view message) const;

    // How often "WATCHDOG=1" is to be told: half of what the manager waits; nullopt when it does not.
    [[nodiscard]] std::optional<Milliseconds> watchdog_interval() const;

private:
    std::string socket_;
    std::string watchdog_;  // microseconds
};

}  // namespace gup

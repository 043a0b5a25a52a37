// SPDX-License-Identifier: Apache-2.0
// SIGINT, SIGTERM and SIGHUP as a state that waiting code can query, instead of a sudden end.
#pragma once

#include <csignal>

#include "util/clock.hpp"

namespace gup {

// Installs the handlers (self-pipe). Call once, early in main. SIGPIPE is ignored from then on.
void install_signal_handlers();
// For a forked process: forgets received signals, and no longer shares anything with its parent.
void renew_signal_handlers();
// True after one of them was received.
[[nodiscard]] bool stop_requested() noexcept;
// The number of the received signal, 0 if none.
[[nodiscard]] int stop_signal() noexcept;
// A descriptor that becomes and stays readable after a signal: for poll(2). -1 before installation.
[[nodiscard]] int stop_fd() noexcept;
// While it lives, the calling thread gets no signal, nor does a thread or process that it starts.
class SignalsHeld {
public:
    SignalsHeld() noexcept;
    ~SignalsHeld() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsHeld(const SignalsHeld&) = delete;
    SignalsHeld& operator=(const SignalsHeld&) = delete;

private:
    sigset_t before_{};
};
// Waits for that time; returns false at once when a stop was requested.
[[nodiscard]] bool sleep_unless_stopped(Milliseconds duration);

}  // namespace gup

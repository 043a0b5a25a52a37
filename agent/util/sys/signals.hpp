// SIGINT, SIGTERM and SIGHUP as a state that waiting code can query, instead of a sudden end.
#pragma once

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
// Waits for that time; returns false at once when a stop was requested.
[[nodiscard]] bool sleep_unless_stopped(Milliseconds duration);

}  // namespace gup

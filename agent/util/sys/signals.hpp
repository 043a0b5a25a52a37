// SIGINT, SIGTERM and SIGHUP as a fact that waiting code can ask for, instead of a sudden end.
#pragma once

#include "util/clock.hpp"

namespace gup {

// Installs the handlers (self-pipe). Call once, early in main. SIGPIPE is ignored from then on.
void install_signal_handlers();
// For a process that was forked off: forgets what came, and shares nothing with its parent any more.
void renew_signal_handlers();
// Whether one of them came.
[[nodiscard]] bool stop_requested() noexcept;
// The number of the signal that came, 0 if none.
[[nodiscard]] int stop_signal() noexcept;
// A descriptor that becomes readable, and stays so, when one comes: for poll(2). -1 before installation.
[[nodiscard]] int stop_fd() noexcept;
// Waits that long; false, at once, when a stop was requested.
[[nodiscard]] bool sleep_unless_stopped(Milliseconds duration);

}  // namespace gup

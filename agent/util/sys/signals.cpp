// SPDX-License-Identifier: Apache-2.0
#include "util/sys/signals.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <limits>

namespace gup {
namespace {

std::atomic<int> received{0};
std::atomic<int> read_end{-1};
std::atomic<int> write_end{-1};
static_assert(std::atomic<int>::is_always_lock_free, "a handler uses them");

extern "C" void remember_signal(int number) {
    const int saved_errno = errno;
    int none = 0;
    // Only for the first signal: one unread byte keeps the pipe readable for ever.
    if (received.compare_exchange_strong(none, number)) {
        const char byte = 0;
        (void)!::write(write_end.load(), &byte, 1);
    }
    errno = saved_errno;
}

void set_handler(int number, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(number, &action, nullptr);
}

bool is_ignored(int number) {
    struct sigaction action {};
    return ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

void install_signal_handlers() {
    std::array<int, 2> ends{-1, -1};
    if (read_end.load() < 0 && ::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0) {
        write_end = ends[1];
        read_end = ends[0];
    }
    set_handler(SIGINT, remember_signal);
    set_handler(SIGTERM, remember_signal);
    if (!is_ignored(SIGHUP)) set_handler(SIGHUP, remember_signal);  // nohup asks for it
    set_handler(SIGPIPE, SIG_IGN);
    set_handler(SIGCHLD, SIG_DFL);  // inherited as ignored, children could not be waited for
}

void renew_signal_handlers() {
    received = 0;
    for (std::atomic<int>* end : {&read_end, &write_end}) ::close(end->exchange(-1));
    install_signal_handlers();
}

bool stop_requested() noexcept {
    return received.load() != 0;
}

int stop_signal() noexcept {
    return received.load();
}

int stop_fd() noexcept {
    return read_end.load();
}

SignalsHeld::SignalsHeld() noexcept {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
}

bool sleep_unless_stopped(Milliseconds duration) {
    const Milliseconds end = system_clock().monotonic() + duration;
    while (!stop_requested()) {
        const auto left = (end - system_clock().monotonic()).count();
        if (left <= 0) return true;
        pollfd waiting{stop_fd(), POLLIN, 0};  // poll ignores a descriptor of -1
        ::poll(&waiting, 1, static_cast<int>(std::min<std::int64_t>(left, std::numeric_limits<int>::max())));
    }
    return false;
}

}  // namespace gup

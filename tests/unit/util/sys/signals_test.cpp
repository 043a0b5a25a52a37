// SPDX-License-Identifier: Apache-2.0
#include "util/sys/signals.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <thread>

namespace {

// A stop cannot be undone, so each case has its own process. Returns the number of `body`, or -1.
int in_child(const std::function<int()>& body) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::alarm(20);
        ::_exit(body());
    }
    int status = 0;
    if (pid < 0 || ::waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) return -1;
    return WEXITSTATUS(status);
}

bool readable(int fd) {
    pollfd waiting{fd, POLLIN, 0};
    return ::poll(&waiting, 1, 0) == 1;
}

}  // namespace

TEST_CASE("stop_requested: false before a signal, and nothing is readable") {
    CHECK(in_child([] {
              gup::install_signal_handlers();
              const bool quiet =
                  !gup::stop_requested() && gup::stop_signal() == 0 && gup::stop_fd() >= 0 && !readable(gup::stop_fd());
              return quiet ? 7 : 1;
          }) == 7);
}

TEST_CASE("stop_requested: each of SIGINT, SIGTERM and SIGHUP is remembered, and the pipe stays readable") {
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        CHECK(in_child([number] {
                  ::signal(SIGHUP, SIG_DFL);
                  gup::install_signal_handlers();
                  ::raise(number);
                  const bool seen = gup::stop_requested() && readable(gup::stop_fd()) && readable(gup::stop_fd());
                  return seen ? gup::stop_signal() : 0;
              }) == number);
    }
}

TEST_CASE("stop_signal: the first signal is kept") {
    CHECK(in_child([] {
              gup::install_signal_handlers();
              ::raise(SIGTERM);
              ::raise(SIGINT);
              return gup::stop_signal();
          }) == SIGTERM);
}

TEST_CASE("install_signal_handlers: leaves SIGHUP ignored under nohup, and ignores SIGPIPE") {
    CHECK(in_child([] {
              ::signal(SIGHUP, SIG_IGN);
              ::signal(SIGPIPE, SIG_DFL);
              gup::install_signal_handlers();
              ::raise(SIGHUP);
              ::raise(SIGPIPE);
              return gup::stop_requested() ? 1 : 7;
          }) == 7);
}

TEST_CASE("sleep_unless_stopped: sleeps for the whole time without a signal") {
    CHECK(in_child([] {
              gup::install_signal_handlers();
              const gup::Milliseconds begin = gup::system_clock().monotonic();
              const bool slept = gup::sleep_unless_stopped(gup::Milliseconds{30});
              return slept && gup::system_clock().monotonic() - begin >= gup::Milliseconds{30} ? 7 : 1;
          }) == 7);
}

TEST_CASE("sleep_unless_stopped: ends at a signal, and does not start after one") {
    CHECK(in_child([] {
              gup::install_signal_handlers();
              std::thread sender([] { ::kill(::getpid(), SIGTERM); });
              const bool slept = gup::sleep_unless_stopped(gup::Milliseconds{3'600'000});
              sender.join();
              return slept || gup::sleep_unless_stopped(gup::Milliseconds{3'600'000}) ? 1 : 7;
          }) == 7);
}

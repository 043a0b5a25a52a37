// SPDX-License-Identifier: Apache-2.0
#include "util/worker/fork.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <new>

#include "util/sys/directory.hpp"
#include "util/sys/signals.hpp"
#include "util/units.hpp"
#include "util/worker/channel.hpp"

namespace gup {
namespace {

void close_all_but(int kept) {
    const auto close_range = [](unsigned first, unsigned last) {
        if (first > last) return true;
#ifdef SYS_close_range
        return ::syscall(SYS_close_range, first, last, 0U) == 0;
#else
        return false;
#endif
    };
    const auto fd = static_cast<unsigned>(kept);
    if (close_range(STDERR_FILENO + 1, fd - 1) && close_range(fd + 1, INT_MAX)) return;
    const auto names = list_folder("/proc/self/fd").value_or({});  // kernels before 5.9
    for (const std::string& name : names) {
        const int one = std::atoi(name.c_str());
        if (one > STDERR_FILENO && one != kept) ::close(one);
    }
}

// A terminal would let an owner's process type for the person who sits there. Without a session of its own, it could open
// /dev/tty.
void leave_terminal() {
    ::setsid();
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing < 0) return;
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (fd != STDERR_FILENO || ::isatty(fd) == 1) ::dup2(nothing, fd);
    }
    ::close(nothing);
}

// The moment when the kernel, not the code that allocates, decides what happens.
void end_without_memory() {
    ::_exit(exit_without_memory);
}

[[noreturn]] void begin_work(const Sandbox& sandbox, const WorkerMain& work, UniqueFd channel, pid_t parent) {
    close_all_but(channel.get());
    leave_terminal();
    renew_signal_handlers();
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);  // they were held for the fork
    std::set_new_handler(end_without_memory);
    const Status entered = enter_sandbox(sandbox);
    // After the change of ids, which clears it.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (::getppid() != parent) ::_exit(EXIT_FAILURE);  // it died before the request
    work(std::move(channel), entered);
    ::_exit(EXIT_SUCCESS);
}

Error death(int status, std::uint64_t memory) {
    constexpr const char* hint = "the other connectors are not concerned; gup.log has what it said before";
    if (WIFEXITED(status) && WEXITSTATUS(status) == exit_without_memory) {
        return {ErrorCode::failed, fmt::format("its worker used more than {}", format_size(memory)), hint,
                Cause::worker_died};
    }
    if (WIFSIGNALED(status)) {
        return {
            ErrorCode::failed, fmt::format("its worker ended with signal {}", WTERMSIG(status)),
            WTERMSIG(status) == SIGKILL ? "the kernel ends a process so when the memory is full: dmesg tells" : hint,
            Cause::worker_died};
    }
    return {ErrorCode::failed, fmt::format("its worker ended with exit code {}", WEXITSTATUS(status)), hint,
            Cause::worker_died};
}

}  // namespace

Result<ForkedWorker> fork_worker(const Sandbox& sandbox, const WorkerMain& work) {
    GUP_TRY(ChannelPair channel, make_channel());
    const pid_t parent = ::getpid();
    const SignalsHeld held;  // until the worker has its own handlers
    const pid_t pid = ::fork();
    if (pid < 0) return errno_error(errno, "cannot start a worker");
    if (pid == 0) begin_work(sandbox, work, std::move(channel.worker), parent);
    return ForkedWorker{pid, std::move(channel.parent)};
}

// One that has closed its channel but does not end would hold up its parent.
Status wait_for_worker(pid_t pid, const Sandbox& sandbox) {
    constexpr int looks = 40;
    constexpr useconds_t longest_wait = 50'000;
    useconds_t wait = 50;  // the channel closes a moment before the end
    int status = 0;
    pid_t ended = 0;
    for (int look = 0; look < looks && ended == 0; ++look) {
        if (look > 0) {
            ::usleep(wait);
            wait = std::min(wait * 2, longest_wait);
        }
        ended = ::waitpid(pid, &status, WNOHANG);
        if (ended < 0 && errno == EINTR) ended = 0;
    }
    if (ended == 0) {
        ::kill(pid, SIGKILL);
        while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        }
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS) return {};
    return death(status, sandbox.memory);
}

bool is_worker_death(const Error& error) {
    return error.cause == Cause::worker_died;
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "util/process/child.hpp"

#include <fmt/format.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <limits>

#include "util/log/log.hpp"
#include "util/sys/signals.hpp"

namespace gup::detail {

ChildProcess::ChildProcess(pid_t pid) : pid_(pid) {
#ifdef SYS_pidfd_open
    end_fd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
#endif
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept : pid_(other.pid_), end_fd_(std::move(other.end_fd_)) {
    other.pid_ = -1;
}

ChildProcess::~ChildProcess() {
    if (pid_ <= 0) return;
    signal_group(SIGKILL);
    (void)reap();
}

bool ChildProcess::ended() const {
    if (pid_ <= 0) return true;
    siginfo_t info{};
    const int result = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT);
    return (result == 0 && info.si_pid == pid_) || (result != 0 && errno == ECHILD);
}

void ChildProcess::signal_group(int number) const {
    if (pid_ <= 0) return;
    ::kill(-pid_, number);
}

int ChildProcess::reap() {
    int status = 0;
    pid_t result = 0;
    do {
        result = ::waitpid(pid_, &status, 0);
    } while (result < 0 && errno == EINTR);
    const bool known = result == pid_;
    pid_ = -1;
    end_fd_.reset();
    if (!known) return -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int ChildProcess::end() {
    const Milliseconds limit = system_clock().monotonic() + term_patience;
    signal_group(SIGTERM);
    signal_group(SIGCONT);  // a stopped process could not receive it
    while (!ended()) {
        const Milliseconds left = limit - system_clock().monotonic();
        if (left.count() <= 0) break;
        PollSet set;
        set.add(end_fd(), POLLIN);
        set.wait(left, *this);
    }
    signal_group(SIGKILL);  // and the rest of the group that ignored it
    return reap();
}

void PollSet::add(int fd, short events) {
    if (fd >= 0) fds_.push_back({fd, events, 0});
}

void PollSet::wait(Milliseconds limit, const ChildProcess& child) {
    constexpr std::int64_t between_questions = 20;
    std::int64_t most = std::numeric_limits<int>::max();
    if (child.end_fd() < 0) most = between_questions;
    const std::int64_t time = std::clamp<std::int64_t>(limit.count(), 0, most);
    if (::poll(fds_.data(), fds_.size(), static_cast<int>(time)) <= 0) {
        for (pollfd& fd : fds_) fd.revents = 0;
    }
}

bool PollSet::ready(int fd) const {
    return fd >= 0 &&
           std::any_of(fds_.begin(), fds_.end(), [fd](const pollfd& one) { return one.fd == fd && one.revents != 0; });
}

void Tail::add(std::string_view bytes) {
    if (bytes.size() > limit_) bytes.remove_prefix(bytes.size() - limit_);
    if (bytes_.size() + bytes.size() > 2 * limit_) bytes_.erase(0, bytes_.size() - std::min(bytes_.size(), limit_));
    bytes_ += bytes;
}

std::string Tail::text() const {
    return bytes_.size() > limit_ ? bytes_.substr(bytes_.size() - limit_) : bytes_;
}

void LineCutter::add(std::string_view bytes) {
    if (!on_line_) return;
    constexpr std::size_t longest = 16U << 10U;
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        const std::string_view part = bytes.substr(0, end);
        line_ += part.substr(0, longest - line_.size());
        if (end == std::string_view::npos) return;
        emit();
        bytes.remove_prefix(end + 1);
    }
}

void LineCutter::finish() {
    if (!line_.empty()) emit();
}

void LineCutter::emit() {
    std::string_view line = line_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    on_line_(line);
    line_.clear();
}

namespace {

// Reads once, without waiting. Empty when there is nothing now; closes `fd` at its end.
std::string_view read_some(UniqueFd& fd, std::vector<char>& buffer) {
    const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
    if (count > 0) return {buffer.data(), static_cast<std::size_t>(count)};
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) fd.reset();
    return {};
}

}  // namespace

ChildPipes::ChildPipes(LaunchedProcess launched, Take on_output, Take on_error)
    : child(launched.pid),
      in(std::move(launched.in)),
      out_(std::move(launched.out)),
      err_(std::move(launched.err)),
      on_output_(std::move(on_output)),
      on_error_(std::move(on_error)),
      buffer_(64U << 10U) {}

void ChildPipes::wait(Milliseconds until, const Watch& watch) {
    PollSet set;
    set.add(err_.get(), POLLIN);
    if (watch.output) set.add(out_.get(), POLLIN);
    if (watch.input) set.add(in.get(), POLLOUT);
    if (watch.stop) set.add(stop_fd(), POLLIN);
    if (!ended_at_) set.add(child.end_fd(), POLLIN);
    set.wait(until - system_clock().monotonic(), child);
    if (set.ready(err_.get())) on_error_(read_some(err_, buffer_));
    if (set.ready(out_.get())) on_output_(read_some(out_, buffer_));
    if (!ended_at_ && child.ended()) ended_at_ = system_clock().monotonic();
}

bool ChildPipes::is_over(Milliseconds drain_until) const {
    return ended_at_ && ((!out_.valid() && !err_.valid()) || system_clock().monotonic() >= drain_until);
}

void ChildPipes::close_output() {
    out_.reset();
    err_.reset();
}

Error stopped_error(const std::string& program) {
    return {ErrorCode::cancelled, fmt::format("{} was ended by signal {}", program, stop_signal()), {}};
}

Error timeout_error(const std::string& program, std::string_view what, Milliseconds limit) {
    const double seconds = std::chrono::duration<double>(limit).count();
    return {ErrorCode::timeout, fmt::format("{} {} {:.6g} s", program, what, seconds), {}};
}

void log_end(const std::vector<std::string>& argv, int exit_code, Milliseconds duration, std::string_view why) {
    const double seconds = std::chrono::duration<double>(duration).count();
    log::debug("", fmt::format("ran {} exit={} seconds={:.3f}{}{}", display_command(argv), exit_code, seconds,
                               why.empty() ? "" : " ended=", why));
}

}  // namespace gup::detail

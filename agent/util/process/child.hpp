// SPDX-License-Identifier: Apache-2.0
// One running child with its process group and its pipes, and waiting for it. Shared by run_process and PipedProcess.
#pragma once

#include <poll.h>
#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/clock.hpp"
#include "util/process/launch.hpp"
#include "util/sys/file.hpp"

namespace gup::detail {

// Between SIGTERM and SIGKILL.
constexpr Milliseconds term_patience{5'000};
// The time for which the pipes of an ended child are still read when another process keeps them open.
constexpr Milliseconds pipe_grace{500};

// Owns the child until it is reaped. A child that still runs at the end of the scope is killed, with its group.
class ChildProcess {
public:
    explicit ChildProcess(pid_t pid);
    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&&) = delete;
    ~ChildProcess();

    // Readable once the child has ended; -1 where the kernel has no pidfd (then poll ended()).
    [[nodiscard]] int end_fd() const noexcept { return end_fd_.get(); }
    // True once it has ended. It stays a zombie, so that no other process gets its pid.
    [[nodiscard]] bool ended() const;
    void signal_group(int number) const;
    // Waits for its end and returns its exit code; 128 + signal after a signal, -1 when unknown. Call it once.
    [[nodiscard]] int reap();
    // SIGTERM, patience, SIGKILL, reap.
    int end();

private:
    pid_t pid_ = -1;
    UniqueFd end_fd_;
};

// A set of descriptors for poll(2), new for every wait.
class PollSet {
public:
    // -1 is left out.
    void add(int fd, short events);
    // Waits until one is ready, at most `limit`; shorter when `child` must be polled.
    void wait(Milliseconds limit, const ChildProcess& child);
    // True when the descriptor is ready, errors and hang-ups included.
    [[nodiscard]] bool ready(int fd) const;

private:
    std::vector<pollfd> fds_;
};

// The last `limit` bytes of a stream.
class Tail {
public:
    explicit Tail(std::size_t limit) : limit_(limit) {}
    void add(std::string_view bytes);
    [[nodiscard]] std::string text() const;

private:
    std::size_t limit_;
    std::string bytes_;  // up to twice the limit, so that few bytes are moved
};

// Splits a stream into lines; very long lines are cut.
class LineCutter {
public:
    explicit LineCutter(const std::function<void(std::string_view)>& on_line) : on_line_(on_line) {}
    void add(std::string_view bytes);
    // The last line, if it had no newline.
    void finish();

private:
    void emit();

    const std::function<void(std::string_view)>& on_line_;
    std::string line_;
};

// A child and our ends of its pipes. Its output goes to `on_output` and `on_error` at once.
class ChildPipes {
public:
    using Take = std::function<void(std::string_view bytes)>;
    ChildPipes(LaunchedProcess launched, Take on_output, Take on_error);

    struct Watch {
        bool output = true;
        bool input = false;  // whether the child can take some
        bool stop = true;    // a request to stop this program
    };
    // Waits for one of these, for the child's end, or until `until`.
    void wait(Milliseconds until, const Watch& watch);
    // Whether there is nothing to wait for: the child has ended, and its output was read to the end or is not read any
    // longer than until `drain_until`, because another process keeps the pipes open.
    [[nodiscard]] bool is_over(Milliseconds drain_until) const;
    [[nodiscard]] std::optional<Milliseconds> ended_at() const noexcept { return ended_at_; }
    [[nodiscard]] bool has_output() const noexcept { return out_.valid(); }
    void close_output();

    ChildProcess child;
    UniqueFd in;

private:
    UniqueFd out_;
    UniqueFd err_;
    Take on_output_;
    Take on_error_;
    std::vector<char> buffer_;
    std::optional<Milliseconds> ended_at_;
};

[[nodiscard]] Error stopped_error(const std::string& program);
// "pip did not end within 30 s".
[[nodiscard]] Error timeout_error(const std::string& program, std::string_view what, Milliseconds limit);
// To the debug log; `why` it was ended, if it was.
void log_end(const std::vector<std::string>& argv, int exit_code, Milliseconds duration, std::string_view why = {});

}  // namespace gup::detail

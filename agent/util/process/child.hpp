// One running child and its process group, and what waiting for it needs. Shared by run_process and PipedProcess.
#pragma once

#include <poll.h>
#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "util/clock.hpp"
#include "util/sys/file.hpp"

namespace gup::detail {

// Of a buffer for read_some().
constexpr std::size_t read_size = 64U << 10U;
// Between SIGTERM and SIGKILL.
constexpr Milliseconds term_patience{5'000};
// How long the pipes of a child that has ended are still read when somebody else keeps them open.
constexpr Milliseconds pipe_grace{500};

// Owns the child until it is reaped; what still runs when it goes out of scope is killed, with its group.
class ChildProcess {
public:
    explicit ChildProcess(pid_t pid);
    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&&) = delete;
    ~ChildProcess();

    // Readable once it has ended; -1 where the kernel has no such thing (ask ended() now and then).
    [[nodiscard]] int end_fd() const noexcept { return end_fd_.get(); }
    // Whether it has ended. It stays a zombie, so that its pid cannot become somebody else's.
    [[nodiscard]] bool ended() const;
    void signal_group(int number) const;
    // Waits for its end; 128 + signal when a signal ended it. -1 when that cannot be known. Once.
    [[nodiscard]] int reap();
    // SIGTERM, patience, SIGKILL, reap.
    int end();

private:
    pid_t pid_ = -1;
    UniqueFd end_fd_;
};

// A set of descriptors for poll(2), made anew for every wait.
class PollSet {
public:
    // -1 is left out.
    void add(int fd, short events);
    // Waits until one is ready, at most `limit`; less where `child` has to be asked.
    void wait(Milliseconds limit, const ChildProcess& child);
    // Whether there is something to do on it, errors and hang-ups included.
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
    std::string bytes_;  // up to twice the limit, so that little is moved
};

// Cuts a stream into lines; very long ones lose their end.
class LineCutter {
public:
    explicit LineCutter(const std::function<void(std::string_view)>& on_line) : on_line_(on_line) {}
    void add(std::string_view bytes);
    // The last line, when it had no newline.
    void finish();

private:
    void emit();

    const std::function<void(std::string_view)>& on_line_;
    std::string line_;
};

// Reads once, without waiting, into `buffer`. What was read; empty when there is nothing now; closes `fd` at its end.
[[nodiscard]] std::string_view read_some(UniqueFd& fd, std::vector<char>& buffer);

}  // namespace gup::detail

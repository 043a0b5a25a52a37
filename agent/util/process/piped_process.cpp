// PipedProcess of util/process.hpp. One thread at a time uses an object; several objects live side by side.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "util/log/log.hpp"
#include "util/process/child.hpp"
#include "util/process/launch.hpp"
#include "util/process/process.hpp"
#include "util/sys/signals.hpp"

namespace gup {
namespace {

constexpr std::size_t error_limit = 16U << 10U;
// What is read while writing, so that both sides can write at the same time. More than that nobody sends unasked.
constexpr std::size_t most_unread = 64U << 20U;

Milliseconds now() {
    return system_clock().monotonic();
}

enum class Want : std::uint8_t { input, output };

}  // namespace

struct PipedProcess::State {
    State(const ProcessRequest& request, detail::LaunchedProcess launched, Timeouts limits)
        : argv(request.argv),
          child(launched.pid),
          in(std::move(launched.in)),
          out(std::move(launched.out)),
          err(std::move(launched.err)),
          timeouts(limits) {}

    // Waits until what is wanted can be done, meanwhile reading what comes. `idle_since` moves with every byte of
    // output.
    [[nodiscard]] Status pump(Want want, Milliseconds& idle_since) {
        GUP_CHECK(check_limits(idle_since));
        detail::PollSet set;
        set.add(err.get(), POLLIN);
        if (unread() < most_unread) set.add(out.get(), POLLIN);
        if (want == Want::output) set.add(in.get(), POLLOUT);
        set.add(stop_fd(), POLLIN);
        if (!ended_at) set.add(child.end_fd(), POLLIN);
        const Milliseconds limit = std::min(idle_since + timeouts.idle, start + timeouts.total);
        set.wait((ended_at ? std::min(limit, *ended_at + detail::pipe_grace) : limit) - now(), child);

        if (set.ready(err.get())) errors.add(detail::read_some(err, buffer));
        if (set.ready(out.get()) && keep(detail::read_some(out, buffer))) idle_since = now();
        note_end();
        return {};
    }

    // Somebody whom the child has started may hold the pipe for ever; the child's own words are read by then.
    void note_end() {
        if (!ended_at && child.ended()) ended_at = now();
        if (ended_at && now() >= *ended_at + detail::pipe_grace) {
            out.reset();
            err.reset();
        }
    }

    [[nodiscard]] Status check_limits(Milliseconds idle_since) const {
        if (stop_requested()) {
            return Error{ErrorCode::cancelled, fmt::format("{} was ended by signal {}", name(), stop_signal()), {}};
        }
        const auto too_long = [this](std::string_view what, Milliseconds limit) {
            const double seconds = std::chrono::duration<double>(limit).count();
            return Error{ErrorCode::timeout, fmt::format("{} {} {:.6g} s", name(), what, seconds), {}};
        };
        if (now() >= start + timeouts.total) return too_long("did not end within", timeouts.total);
        if (now() >= idle_since + timeouts.idle) return too_long("said nothing for", timeouts.idle);
        return {};
    }

    bool keep(std::string_view bytes) {
        if (taken == kept.size()) {
            kept.clear();
            taken = 0;
        }
        kept += bytes;
        return !bytes.empty();
    }

    [[nodiscard]] std::size_t unread() const { return kept.size() - taken; }

    // Its input is closed; its output is thrown away until it has ended or the time is over.
    void wait_for_end(Milliseconds patience) {
        const Milliseconds limit = now() + patience;
        while (!stop_requested() && now() < limit) {
            if (!ended_at && child.ended()) ended_at = now();
            const bool silent = !out.valid() && !err.valid();
            if (ended_at && (silent || now() >= *ended_at + detail::pipe_grace)) return;
            detail::PollSet set;
            set.add(err.get(), POLLIN);
            set.add(out.get(), POLLIN);
            set.add(stop_fd(), POLLIN);
            if (!ended_at) set.add(child.end_fd(), POLLIN);
            set.wait((ended_at ? std::min(limit, *ended_at + detail::pipe_grace) : limit) - now(), child);
            if (set.ready(err.get())) errors.add(detail::read_some(err, buffer));
            if (set.ready(out.get())) (void)detail::read_some(out, buffer);
        }
    }

    int finish(Milliseconds patience) {
        if (exit_code) return *exit_code;
        in.reset();
        wait_for_end(patience);
        out.reset();
        err.reset();
        exit_code = child.ended() ? child.reap() : child.end();
        const double seconds = std::chrono::duration<double>(now() - start).count();
        log::debug("", fmt::format("ran {} exit={} seconds={:.3f}", display_command(argv), *exit_code, seconds));
        return *exit_code;
    }

    [[nodiscard]] const std::string& name() const { return argv.front(); }

    std::vector<std::string> argv;
    detail::ChildProcess child;
    UniqueFd in;
    UniqueFd out;
    UniqueFd err;
    Timeouts timeouts;
    Milliseconds start = now();
    std::optional<Milliseconds> ended_at;
    std::optional<int> exit_code;
    std::string kept;  // output that read() has not given out yet, from `taken` on
    std::size_t taken = 0;
    detail::Tail errors{error_limit};
    std::vector<char> buffer = std::vector<char>(detail::read_size);
};

Result<PipedProcess> PipedProcess::start(const ProcessRequest& request, Timeouts timeouts) {
    auto launched = detail::launch_process(request, detail::ChildInput::pipe);
    if (!launched.ok()) return std::move(launched).error();
    return PipedProcess(std::make_unique<State>(request, std::move(launched).value(), timeouts).release());
}

PipedProcess::PipedProcess(PipedProcess&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}

PipedProcess& PipedProcess::operator=(PipedProcess&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
}

PipedProcess::~PipedProcess() {
    const std::unique_ptr<State> state(state_);
    if (state) (void)state->finish(Milliseconds{0});
}

Result<std::size_t> PipedProcess::read(char* buffer, std::size_t size) {
    State& state = *state_;
    Milliseconds idle_since = now();
    while (state.unread() == 0 && state.out.valid()) GUP_CHECK(state.pump(Want::input, idle_since));
    const std::size_t count = std::min(size, state.unread());
    std::memcpy(buffer, state.kept.data() + state.taken, count);
    state.taken += count;
    return count;
}

Status PipedProcess::write(std::string_view bytes) {
    State& state = *state_;
    Milliseconds idle_since = now();
    while (!bytes.empty()) {
        const ssize_t count = ::write(state.in.get(), bytes.data(), bytes.size());
        if (count >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(count));
            idle_since = now();
        } else if (errno == EAGAIN) {
            GUP_CHECK(state.pump(Want::output, idle_since));
        } else if (errno != EINTR) {
            return errno_error(errno, "cannot write to " + state.name());
        }
    }
    return {};
}

int PipedProcess::finish(Milliseconds patience) {
    return state_->finish(patience);
}

std::string PipedProcess::error_output() const {
    return state_->errors.text();
}

}  // namespace gup

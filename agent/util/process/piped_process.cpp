// SPDX-License-Identifier: Apache-2.0
#include "util/process/piped_process.hpp"

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
// Bytes that are read while writing, so that both sides can write at the same time. A peer does not send more without a
// request.
constexpr std::size_t most_unread = 64U << 20U;

Milliseconds now() {
    return system_clock().monotonic();
}

}  // namespace

struct PipedProcess::State {
    State(const ProcessRequest& request, detail::LaunchedProcess launched, Timeouts limits)
        : argv(request.argv),
          pipes(
              std::move(launched), [this](std::string_view bytes) { keep(bytes); },
              [this](std::string_view bytes) { errors.add(bytes); }),
          timeouts(limits) {}

    // Waits for output, or until the child takes input if that is `wanted`. `idle_since` moves with every byte.
    [[nodiscard]] Status pump(bool input_wanted) {
        GUP_CHECK(check_limits());
        const Milliseconds limit = std::min(idle_since + timeouts.idle, start + timeouts.total);
        pipes.wait(std::min(limit, drain_until()), {unread() < most_unread, input_wanted, true});
        // Another process may hold the pipe for ever; the child's own words are read by then.
        if (pipes.is_over(drain_until())) pipes.close_output();
        return {};
    }

    [[nodiscard]] Milliseconds drain_until() const {
        return pipes.ended_at() ? *pipes.ended_at() + detail::pipe_grace : Milliseconds::max();
    }

    [[nodiscard]] Status check_limits() const {
        if (stop_requested()) return detail::stopped_error(name());
        if (now() >= start + timeouts.total) return detail::timeout_error(name(), "did not end within", timeouts.total);
        if (now() >= idle_since + timeouts.idle)
            return detail::timeout_error(name(), "printed nothing for", timeouts.idle);
        return {};
    }

    void keep(std::string_view bytes) {
        if (bytes.empty() || is_finishing) return;
        if (taken == kept.size()) {
            kept.clear();
            taken = 0;
        }
        kept += bytes;
        idle_since = now();
    }

    [[nodiscard]] std::size_t unread() const { return kept.size() - taken; }

    // Closes its input, and discards its output until it has ended or the time is over.
    int finish(Milliseconds patience) {
        if (exit_code) return *exit_code;
        pipes.in.reset();
        is_finishing = true;
        const Milliseconds limit = now() + patience;
        while (!stop_requested() && now() < limit && !pipes.is_over(drain_until())) {
            pipes.wait(std::min(limit, drain_until()), {});
        }
        pipes.close_output();
        exit_code = pipes.child.ended() ? pipes.child.reap() : pipes.child.end();
        detail::log_end(argv, *exit_code, now() - start);
        return *exit_code;
    }

    [[nodiscard]] const std::string& name() const { return argv.front(); }

    std::vector<std::string> argv;
    detail::ChildPipes pipes;
    Timeouts timeouts;
    Milliseconds start = now();
    Milliseconds idle_since = start;
    std::optional<int> exit_code;
    std::string kept;  // output that read() has not returned yet, from `taken` on
    std::size_t taken = 0;
    bool is_finishing = false;
    detail::Tail errors{error_limit};
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
    state.idle_since = now();
    while (state.unread() == 0 && state.pipes.has_output()) GUP_CHECK(state.pump(false));
    const std::size_t count = std::min(size, state.unread());
    std::memcpy(buffer, state.kept.data() + state.taken, count);
    state.taken += count;
    return count;
}

Status PipedProcess::write(std::string_view bytes) {
    State& state = *state_;
    state.idle_since = now();
    while (!bytes.empty()) {
        const ssize_t count = ::write(state.pipes.in.get(), bytes.data(), bytes.size());
        if (count >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(count));
            state.idle_since = now();
        } else if (errno == EAGAIN) {
            GUP_CHECK(state.pump(true));
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

// SPDX-License-Identifier: Apache-2.0
#include "util/process/process.hpp"
#include "util/mask_urls.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>

#include "util/log/log.hpp"
#include "util/process/child.hpp"
#include "util/process/launch.hpp"
#include "util/sys/signals.hpp"
#include "util/text.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

// The kept part of one of the child's output streams.
struct OutputStream {
    detail::Tail tail;
    detail::LineCutter lines;

    explicit OutputStream(const ProcessRequest& request) : tail(request.output_limit), lines(request.on_line) {}

    void add(std::string_view bytes) {
        tail.add(bytes);
        lines.add(bytes);
    }
};

// run_process from the start of the child to its end.
class Run {
public:
    Run(const ProcessRequest& request, detail::LaunchedProcess launched, Milliseconds start)
        : request_(request),
          out_(request),
          err_(request),
          pipes_(
              std::move(launched), [this](std::string_view bytes) { out_.add(bytes); },
              [this](std::string_view bytes) { err_.add(bytes); }),
          input_(request.input),
          start_(start),
          deadline_(start + request.timeout) {}

    Result<ProcessResult> wait() {
        while (!pipes_.is_over(drain_until())) {
            check_limits();
            pipes_.wait(next_limit(), {true, pipes_.in.valid(), !reason_ && request_.on_stop == OnStop::end});
            if (pipes_.in.valid()) write_input();
        }
        out_.lines.finish();
        err_.lines.finish();
        // Those of the group that ignored SIGTERM or were left behind. The child is not reaped yet: the group is its.
        if (reason_ || request_.survivors == Survivors::killed) pipes_.child.signal_group(SIGKILL);
        ProcessResult result;
        result.exit_code = pipes_.child.reap();
        result.out = out_.tail.text();
        result.err = err_.tail.text();
        result.duration = now() - start_;
        detail::log_end(request_.argv, result.exit_code, result.duration, reason_ ? to_string(*reason_) : "");
        if (reason_ == ErrorCode::timeout) return detail::timeout_error(name(), "did not end within", request_.timeout);
        if (reason_) return detail::stopped_error(name());
        if (result.exit_code < 0) return Error{ErrorCode::failed, "cannot tell how " + name() + " ended", {}};
        return result;
    }

private:
    static Milliseconds now() { return system_clock().monotonic(); }

    [[nodiscard]] const std::string& name() const { return request_.argv.front(); }

    // After SIGTERM the rest of the group has the same time for its end.
    [[nodiscard]] Milliseconds drain_until() const {
        return reason_ ? kill_at_ : pipes_.ended_at().value_or(Milliseconds{0}) + detail::pipe_grace;
    }

    void check_limits() {
        if (reason_) {
            if (!killed_ && now() >= kill_at_) {
                killed_ = true;
                pipes_.child.signal_group(SIGKILL);
            }
        } else if (!pipes_.ended_at() && request_.on_stop == OnStop::end && stop_requested()) {
            begin_end(ErrorCode::cancelled);
        } else if (!pipes_.ended_at() && now() >= deadline_) {
            begin_end(ErrorCode::timeout);
        }
    }

    void begin_end(ErrorCode reason) {
        reason_ = reason;
        kill_at_ = now() + detail::term_patience;
        pipes_.child.signal_group(SIGTERM);
        pipes_.child.signal_group(SIGCONT);  // a stopped process could not receive it
    }

    [[nodiscard]] Milliseconds next_limit() const {
        constexpr Milliseconds for_ever{3'600'000};
        if (pipes_.ended_at()) return drain_until();
        if (reason_) return killed_ ? now() + for_ever : kill_at_;
        return deadline_;
    }

    void write_input() {
        const ssize_t count = ::write(pipes_.in.get(), input_.data(), input_.size());
        if (count > 0) input_.remove_prefix(static_cast<std::size_t>(count));
        // A child that does not read all of its input is not an error.
        if (input_.empty() || (count < 0 && errno != EAGAIN && errno != EINTR)) pipes_.in.reset();
    }

    const ProcessRequest& request_;
    OutputStream out_;
    OutputStream err_;
    detail::ChildPipes pipes_;
    std::string_view input_;
    Milliseconds start_;
    Milliseconds deadline_;
    Milliseconds kill_at_{0};
    std::optional<ErrorCode> reason_;  // the reason for ending it
    bool killed_ = false;
};

bool is_plain(std::string_view argument) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-~";
    return !argument.empty() && argument.find_first_not_of(plain) == std::string_view::npos;
}

}  // namespace

Result<ProcessResult> run_process(const ProcessRequest& request) {
    const Milliseconds start = system_clock().monotonic();
    const auto input = request.input.empty() ? detail::ChildInput::nothing : detail::ChildInput::pipe;
    auto launched = detail::launch_process(request, input);
    if (!launched.ok()) {
        log::debug("", launched.error().message);
        return std::move(launched).error();
    }
    return Run(request, std::move(launched).value(), start).wait();
}

std::string display_command(const std::vector<std::string>& argv) {
    std::string text;
    for (const std::string& argument : argv) {
        if (!text.empty()) text += ' ';
        const std::string masked = mask_urls(argument);
        text += is_plain(argument) ? masked : shell_quoted(masked);
    }
    return text;
}

std::vector<char*> c_strings(std::vector<std::string>& texts) {
    std::vector<char*> addresses;
    addresses.reserve(texts.size() + 1);
    for (std::string& text : texts) addresses.push_back(text.data());
    addresses.push_back(nullptr);
    return addresses;
}

std::filesystem::path find_program(std::string_view program) {
    if (program.empty()) return {};
    if (program.find('/') != std::string_view::npos) return is_executable(program) ? fs::path(program) : fs::path();
    const char* variable = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
    std::string_view rest = variable != nullptr ? variable : "/usr/local/bin:/usr/bin:/bin";
    for (;;) {
        const std::size_t end = rest.find(':');
        const std::string_view folder = rest.substr(0, end);
        fs::path path = fs::path(folder.empty() ? "." : folder) / program;
        if (is_executable(path)) return path;
        if (end == std::string_view::npos) return {};
        rest.remove_prefix(end + 1);
    }
}

}  // namespace gup

#include "util/process/process.hpp"

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

// One of the child's output streams.
struct OutputStream {
    UniqueFd fd;
    detail::Tail tail;
    detail::LineCutter lines;

    OutputStream(UniqueFd given, const ProcessRequest& request)
        : fd(std::move(given)), tail(request.output_limit), lines(request.on_line) {}

    void read(std::vector<char>& buffer) {
        const std::string_view bytes = detail::read_some(fd, buffer);
        tail.add(bytes);
        lines.add(bytes);
    }
};

// run_process from the start of the child to its end.
class Run {
public:
    Run(const ProcessRequest& request, detail::LaunchedProcess launched, Milliseconds start)
        : request_(request),
          child_(launched.pid),
          in_(std::move(launched.in)),
          out_(std::move(launched.out), request),
          err_(std::move(launched.err), request),
          input_(request.input),
          start_(start),
          deadline_(start + request.timeout) {}

    Result<ProcessResult> wait() {
        while (!is_over()) {
            check_limits();
            poll_once();
        }
        out_.lines.finish();
        err_.lines.finish();
        // Whoever of the group did not listen to SIGTERM, or was left behind. The child is not reaped yet: the group is
        // its.
        if (reason_ || request_.survivors == Survivors::killed) child_.signal_group(SIGKILL);
        ProcessResult result;
        result.exit_code = child_.reap();
        result.out = out_.tail.text();
        result.err = err_.tail.text();
        result.duration = now() - start_;
        log_end(result);
        if (reason_) return ended_error();
        if (result.exit_code < 0) return Error{ErrorCode::failed, "cannot tell how " + name() + " ended", {}};
        return result;
    }

private:
    static Milliseconds now() { return system_clock().monotonic(); }

    [[nodiscard]] const std::string& name() const { return request_.argv.front(); }

    // The child has ended and its output is read, or as good as that.
    bool is_over() {
        if (!child_ended_ && child_.ended()) {
            child_ended_ = true;
            // What it has started may still hold the pipes: it is not waited for, except that after SIGTERM the rest of
            // the group has the same time for its end.
            drain_until_ = reason_ ? kill_at_ : now() + detail::pipe_grace;
        }
        return child_ended_ && ((!out_.fd.valid() && !err_.fd.valid()) || now() >= drain_until_);
    }

    void check_limits() {
        if (reason_) {
            if (!killed_ && now() >= kill_at_) {
                killed_ = true;
                child_.signal_group(SIGKILL);
            }
        } else if (!child_ended_ && request_.on_stop == OnStop::end && stop_requested()) {
            begin_end(ErrorCode::cancelled);
        } else if (!child_ended_ && now() >= deadline_) {
            begin_end(ErrorCode::timeout);
        }
    }

    void begin_end(ErrorCode reason) {
        reason_ = reason;
        kill_at_ = now() + detail::term_patience;
        child_.signal_group(SIGTERM);
        child_.signal_group(SIGCONT);  // a stopped one could not hear it
    }

    [[nodiscard]] Milliseconds time_to_wait() const {
        constexpr Milliseconds for_ever{3'600'000};
        if (child_ended_) return drain_until_ - now();
        if (reason_) return killed_ ? for_ever : kill_at_ - now();
        return deadline_ - now();
    }

    void poll_once() {
        detail::PollSet set;
        set.add(out_.fd.get(), POLLIN);
        set.add(err_.fd.get(), POLLIN);
        set.add(in_.get(), POLLOUT);
        if (!reason_ && request_.on_stop == OnStop::end) set.add(stop_fd(), POLLIN);
        if (!child_ended_) set.add(child_.end_fd(), POLLIN);
        set.wait(time_to_wait(), child_);
        if (set.ready(out_.fd.get())) out_.read(buffer_);
        if (set.ready(err_.fd.get())) err_.read(buffer_);
        if (set.ready(in_.get())) write_input();
    }

    void write_input() {
        const ssize_t count = ::write(in_.get(), input_.data(), input_.size());
        if (count > 0) input_.remove_prefix(static_cast<std::size_t>(count));
        // A child that does not want all of its input is no error.
        if (input_.empty() || (count < 0 && errno != EAGAIN && errno != EINTR)) in_.reset();
    }

    [[nodiscard]] Error ended_error() const {
        if (reason_ == ErrorCode::timeout) {
            const double seconds = std::chrono::duration<double>(request_.timeout).count();
            return {ErrorCode::timeout, fmt::format("{} did not end within {:.6g} s", name(), seconds), {}};
        }
        return {ErrorCode::cancelled, fmt::format("{} was ended by signal {}", name(), stop_signal()), {}};
    }

    void log_end(const ProcessResult& result) const {
        const double seconds = std::chrono::duration<double>(result.duration).count();
        const std::string_view why = reason_ ? to_string(*reason_) : "";
        log::debug("", fmt::format("ran {} exit={} seconds={:.3f}{}{}", display_command(request_.argv),
                                   result.exit_code, seconds, why.empty() ? "" : " ended=", why));
    }

    const ProcessRequest& request_;
    detail::ChildProcess child_;
    UniqueFd in_;
    OutputStream out_;
    OutputStream err_;
    std::string_view input_;
    std::vector<char> buffer_ = std::vector<char>(detail::read_size);
    Milliseconds start_;
    Milliseconds deadline_;
    Milliseconds kill_at_{0};
    Milliseconds drain_until_{0};
    std::optional<ErrorCode> reason_;  // why it is being ended
    bool killed_ = false;
    bool child_ended_ = false;
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
        const std::string masked = mask_secrets(argument);
        text += is_plain(argument) ? masked : shell_quoted(masked);
    }
    return text;
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

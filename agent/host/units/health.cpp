// SPDX-License-Identifier: Apache-2.0
#include "host/units/health.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "host/child_environment.hpp"
#include "host/program_questions.hpp"
#include "host/script_hint.hpp"
#include "util/log/log.hpp"
#include "util/mask_urls.hpp"
#include "util/process/process.hpp"
#include "util/sys/signals.hpp"
#include "util/text.hpp"
#include "util/units.hpp"
#include "util/url.hpp"
#include "util/worker/worker.hpp"

namespace gup {
namespace {

Error unhealthy(const std::string& reason) {
    return {ErrorCode::failed, mask_urls(reason), {}};
}

Error stopped() {
    return {ErrorCode::cancelled, fmt::format("the health check was ended by signal {}", stop_signal()), {}};
}

// A service of the gateway is asked directly, without a proxy.
bool is_this_machine(const std::string& url) {
    const auto parsed = parse_url(url);
    return parsed.ok() && (parsed->host == "localhost" || parsed->host == "::1" || parsed->host.starts_with("127."));
}

class HealthWatch {
public:
    HealthWatch(const HealthSubject& subject, const Systemd& systemd)
        : subject_(subject),
          check_(subject.check),
          systemd_(systemd),
          start_(now()),
          end_(start_ + check_.within),
          command_holds_(check_.command.empty()),
          http_holds_(check_.http.empty()) {}

    Status watch() {
        for (;;) {
            if (stop_requested()) return stopped();
            const bool is_last = now() >= end_;
            GUP_CHECK(look_at_service());
            if (!command_holds_) GUP_CHECK(try_command());
            if (!http_holds_) GUP_CHECK(try_http());
            if (stop_requested()) return stopped();
            const bool holds = command_holds_ && http_holds_;
            if (holds && (subject_.service.empty() || is_done_ || is_last)) return verdict();
            if (is_last) return verdict();
            if (!sleep_unless_stopped(std::max(Milliseconds{1}, std::min<Milliseconds>(check_.every, end_ - now()))))
                return stopped();
        }
    }

private:
    static Milliseconds now() { return system_clock().monotonic(); }

    // At least a moment, because the last try starts at the window's end.
    [[nodiscard]] Milliseconds time_for_one() const {
        constexpr Milliseconds moment{1'000};
        return std::min<Milliseconds>(check_.timeout, std::max(moment, end_ - now()));
    }

    [[nodiscard]] std::string window() const { return format_duration(check_.within); }

    // The checks that have not succeeded at the end.
    [[nodiscard]] Status verdict() const {
        if (!command_holds_) {
            return unhealthy(fmt::format("the health check \"{}\" still failed after {}: {}",
                                         display_command(check_.command), window(), command_problem_));
        }
        if (!http_holds_) {
            return unhealthy(fmt::format("{} did not answer 2xx within {}: {}", check_.http, window(), http_problem_));
        }
        if (!subject_.service.empty() && !service_problem_.empty()) {
            return unhealthy(fmt::format("{} after {}", service_problem_, window()));
        }
        log::info(subject_.connector, fmt::format("healthy after {}", format_duration(now() - start_)));
        return {};
    }

    Status look_at_service() {
        if (subject_.service.empty()) return {};
        auto states = unit_states({subject_.service}, systemd_);
        if (!states.ok()) {
            const Error& error = states.error();
            if (error.code == ErrorCode::cancelled) return stopped();
            if (error.code == ErrorCode::unsupported || error.code == ErrorCode::invalid_input) {
                return unhealthy(error.message);
            }
            service_problem_ = fmt::format("the state of {} is not known ({})", subject_.service, error.message);
            return {};
        }
        const UnitState& state = states->front();
        log::debug(subject_.connector, fmt::format("{} is {}", subject_.service, display(state)));
        note_skipped(state);
        if (auto reason = why_it_died(state)) return unhealthy(*reason + words_of_service(state));
        if (!first_) first_ = state;
        const bool is_active = state.active == "active" || state.active == "reloading";
        was_active_ = was_active_ || is_active;
        is_done_ = is_fine_at_rest(state);
        const bool works = (state.type == "oneshot" && state.active == "activating") ||
                           (may_end(state) && state.active == "deactivating");
        const bool is_fine = is_active || is_done_ || works;
        service_problem_ = is_fine ? "" : fmt::format("{} is {}", subject_.service, display(state));
        return {};
    }

    [[nodiscard]] bool is_fine_at_rest(const UnitState& state) const {
        return has_ended_well(state) || (is_skipped(state) && !subject_.was_up);
    }

    void note_skipped(const UnitState& state) {
        if (first_ || !is_skipped(state)) return;
        log::warning(subject_.connector,
                     fmt::format("systemd did not start {}: a condition of the unit is not met; systemctl status {}",
                                 subject_.service, subject_.service));
    }

    // nullopt: it runs, or may still be starting.
    [[nodiscard]] std::optional<std::string> why_it_died(const UnitState& state) const {
        const std::string& unit = subject_.service;
        const std::string after = format_duration(now() - start_);
        if (state.load != "loaded") return fmt::format("there is no unit {}: it is {}", unit, state.load);
        if (first_ && state.restarts > first_->restarts) {
            const auto times = state.restarts - first_->restarts;
            return fmt::format("{} did not stay active: systemd restarted it {} within {}", unit,
                               times == 1 ? "once" : fmt::format("{} times", times), after);
        }
        if (is_fine_at_rest(state)) return std::nullopt;
        if (is_skipped(state)) {
            return fmt::format("{} was not started: a condition of the unit is not met (ConditionResult=no)", unit);
        }
        const bool has_ended =
            state.active == "failed" || state.active == "inactive" || state.sub.starts_with("auto-restart");
        if (has_ended || (was_active_ && !may_end(state) && state.active == "deactivating")) {
            return fmt::format("{} did not stay active: it is {} after {}", unit, display(state), after);
        }
        const bool other =
            !may_end(state) && first_ && !first_->invocation.empty() && state.invocation != first_->invocation;
        if (other) return fmt::format("{} did not stay active: it was restarted within {}", unit, after);
        return std::nullopt;
    }

    [[nodiscard]] std::string words_of_service(const UnitState& state) const {
        const UnitClaim claim{subject_.service, subject_.connector, subject_.owner};
        const std::string words = last_words(state, claim, systemd_);
        return words.empty() ? "" : fmt::format("; its last log line: {}", words);
    }

    [[nodiscard]] ProcessRequest command_request() const {
        ProcessRequest request;
        request.argv = check_.command;
        std::string& program = request.argv.front();
        const bool is_path = program.find('/') != std::string::npos;
        const fs::path bin = subject_.virtualenv / "bin";
        if (is_path) {
            program = (subject_.folder / program).native();  // an absolute one stays as it is
        } else if (!subject_.virtualenv.empty() && is_file(bin / program)) {
            program = (bin / program).native();
        }
        request.folder = subject_.folder;
        request.timeout = time_for_one();
        request.survivors = Survivors::killed;
        request.output_limit = 4U << 10U;
        request.set_env = {{"GUP_CONNECTOR", subject_.connector}};
        set_user(request, subject_.owner);
        set_virtualenv(request, subject_.virtualenv);
        return request;
    }

    Status try_command() {
        const auto result = in_worker() ? ask_run_command(command_request()) : run_process(command_request());
        if (result.ok()) {
            command_holds_ = result->success();
            const std::string_view words = last_line(result->err.empty() ? result->out : result->err);
            command_problem_ = fmt::format("exit code {}{}{}", result->exit_code, words.empty() ? "" : ": ", words);
        } else if (result.error().code == ErrorCode::cancelled) {
            return stopped();
        } else {
            command_problem_ = result.error().message;
            // Waiting does not help.
            if (result.error().code == ErrorCode::not_found) {
                return unhealthy(
                    fmt::format("the health check cannot be run: {}{}", command_problem_, first_line_problem()));
            }
        }
        log::debug(subject_.connector, command_holds_ ? "the health check succeeded" : mask_urls(command_problem_));
        return {};
    }

    [[nodiscard]] std::string first_line_problem() const {
        const fs::path program = command_request().argv.front();
        return is_file(program) ? "; " + script_hint(program) : std::string();
    }

    Status try_http() {
        if (subject_.http == nullptr) return unhealthy("there is nothing to ask " + check_.http + " with");
        HttpRequest request;
        request.url = check_.http;
        request.timeout = time_for_one();
        request.use_proxy = !is_this_machine(check_.http);
        request.follow_redirects = false;
        const auto stream = subject_.http->start(std::move(request));
        const auto head = stream->head();
        if (head.ok()) {
            http_holds_ = head->status / 100 == 2;
            http_problem_ = fmt::format("it answered {}", head->status);
        } else if (head.error().code == ErrorCode::cancelled) {
            return stopped();
        } else {
            http_problem_ = head.error().message;
        }
        log::debug(subject_.connector, mask_urls(fmt::format("{}: {}", check_.http, http_problem_)));
        return {};
    }

    const HealthSubject& subject_;
    const HealthCheck& check_;
    const Systemd& systemd_;
    Milliseconds start_;
    Milliseconds end_;
    bool command_holds_;
    bool http_holds_;
    std::string command_problem_;
    std::string http_problem_;
    std::string service_problem_;     // why it is not active now; empty: it is active
    std::optional<UnitState> first_;  // the state at the first check
    bool was_active_ = false;
    bool is_done_ = false;  // a job that has ended well: nothing more can be seen of it
};

}  // namespace

bool has_health_check(const HealthSubject& subject) {
    return !subject.check.command.empty() || !subject.check.http.empty() || !subject.service.empty();
}

Status check_health(const HealthSubject& subject, const Systemd& systemd) {
    if (!has_health_check(subject)) return {};
    const log::ConnectorScope scope(subject.connector);
    return HealthWatch(subject, systemd).watch();
}

}  // namespace gup

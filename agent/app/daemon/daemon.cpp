// SPDX-License-Identifier: Apache-2.0
#include "app/daemon/daemon.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <limits>

#include "app/command/run_lock.hpp"
#include "app/command/update_command.hpp"
#include "app/output/display.hpp"
#include "app/output/print_text.hpp"
#include "util/clock.hpp"
#include "util/log/log.hpp"
#include "util/process/process.hpp"
#include "util/sys/signals.hpp"

namespace gup {
namespace {

// Much longer than a real run: a hanging run must end without a person.
constexpr Milliseconds longest_run{6 * 3'600'000};
// The time from then until it is killed. An active transaction ends in that time, or is undone later.
constexpr Milliseconds longest_end{10 * 60'000};

sigset_t daemon_signals() {
    sigset_t set{};
    ::sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD}) ::sigaddset(&set, number);
    return set;
}

// Process 1 of a container inherits what hooks leave behind. The daemon's own run is not reaped here.
void reap_strangers(pid_t own) {
    for (;;) {
        siginfo_t child{};
        if (::waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) != 0) return;
        if (child.si_pid == 0 || child.si_pid == own || ::waitpid(child.si_pid, nullptr, WNOHANG) < 0) return;
    }
}

}  // namespace

Result<Daemon> Daemon::make(const CommandLine& line, Config config, const ConfigLoader& load, FileLock lock) {
    GUP_TRY(Agenda agenda, make_agenda(config));
    const fs::path file = served_times_file(config.update.state);
    auto served = read_served_times(file);
    if (!served.ok()) {
        log::warning({}, log::with_hint(served.error().message, served.error().hint));
        served = ServedTimes{};
    }
    agenda.remember(*served, system_clock().now());
    // Otherwise times that are missed before the first run would not be known.
    if (served->empty()) GUP_CHECK(write_served_times(file, agenda.served_times()));
    Daemon daemon(line, std::move(config), load, std::move(agenda), std::move(lock));
    if (!daemon.timer_.valid() || !daemon.signals_.valid()) return errno_error(errno, "cannot set the timer");
    return daemon;
}

Daemon::Daemon(const CommandLine& line, Config config, const ConfigLoader& load, Agenda agenda, FileLock lock)
    : line_(line),
      config_(std::move(config)),
      load_(load),
      agenda_(std::move(agenda)),
      lock_(std::move(lock)),
      manager_(ServiceNotifier::take_from_environment()),
      timer_(::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK)) {
    if (line.command == Command::deploy) at_once_ = Command::run;
    const sigset_t set = daemon_signals();
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    signals_ = UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (const auto interval = manager_.watchdog_interval()) {
        next_sign_of_life_ = system_clock().monotonic() + *interval;
    }
}

ExitCode Daemon::run() {
    log::info({}, "daemon started: " + next_run());
    show_status("READY=1\n");
    tell_person();
    begin_what_is_due();
    while (!stopping_ || run_) {
        set_timer();
        std::array<pollfd, 2> waiting{pollfd{timer_.get(), POLLIN, 0}, pollfd{signals_.get(), POLLIN, 0}};
        ::poll(waiting.data(), waiting.size(), patience());
        if (waiting[0].revents != 0) read_timer();
        if (waiting[1].revents != 0) read_signals();
        watch_over_run();
        begin_what_is_due();
    }
    log::info({}, "daemon ended");
    return ExitCode::success;
}

// Not during a run, because its end is handled anyway. A time in the past makes the timer readable at once.
void Daemon::set_timer() {
    itimerspec at{};
    if (!run_ && !stopping_) {
        const auto wake = agenda_.next_wake(system_clock().now());
        at.it_value.tv_sec = static_cast<decltype(at.it_value.tv_sec)>(wake.value_or(0));
    }
    (void)::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &at, nullptr);
}

// Milliseconds until an event that neither the timer nor a signal reports; -1: none.
int Daemon::patience() const {
    std::optional<Milliseconds> first = next_sign_of_life_;
    if (run_) first = std::min(first.value_or(run_->end_by), run_->end_by);
    if (!first) return -1;
    const auto left = (*first - system_clock().monotonic()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
}

void Daemon::read_timer() {
    std::uint64_t expirations = 0;
    if (::read(timer_.get(), &expirations, sizeof(expirations)) >= 0 || errno != ECANCELED) return;
    log::debug({}, "the clock was set");
    agenda_.clock_changed();
    show_status({});
}

void Daemon::read_signals() {
    signalfd_siginfo signal{};
    while (::read(signals_.get(), &signal, sizeof(signal)) == static_cast<ssize_t>(sizeof(signal))) {
        switch (static_cast<int>(signal.ssi_signo)) {
            case SIGTERM:
            case SIGINT:
                stop();
                break;
            case SIGHUP:
                reload();
                break;
            case SIGUSR1:
                at_once_ = Command::now;
                break;
            default:
                reap();
                break;
        }
    }
}

void Daemon::watch_over_run() {
    const Milliseconds now = system_clock().monotonic();
    if (next_sign_of_life_ && now >= *next_sign_of_life_) {
        manager_.tell("WATCHDOG=1");
        next_sign_of_life_ = now + *manager_.watchdog_interval();
    }
    if (!run_ || now < run_->end_by) return;
    log::error({}, fmt::format("the run (process {}) takes too long and is {}", run_->pid,
                               run_->asked_to_end ? "killed" : "asked to end"));
    ::kill(run_->asked_to_end ? -run_->pid : run_->pid, run_->asked_to_end ? SIGKILL : SIGTERM);
    run_->asked_to_end = true;
    run_->end_by = now + longest_end;
}

void Daemon::begin_what_is_due() {
    if (run_ || stopping_) return;
    if (at_once_) return begin_run({true, {}}, *std::exchange(at_once_, std::nullopt));
    const UnixTime now = system_clock().now();
    if (const DueRun what = agenda_.due(now); !what.empty()) begin_run(what, Command::run);
}

void Daemon::begin_run(const DueRun& what, Command command) {
    std::fflush(nullptr);
    const pid_t self = ::getpid();
    const pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (::getppid() != self) ::_exit(static_cast<int>(ExitCode::connector_failed));
        become_run(what, command);
    }
    if (child < 0) {
        // Treated like a run: the next time tries again.
        log::error({}, errno_error(errno, "cannot start a run").message);
        (void)agenda_.served(what, system_clock().now());
        return;
    }
    run_ = Run{child, what, system_clock().monotonic() + longest_run, false};
    show_status({});
}

// In the child. Only the daemon stops it, not a shared terminal.
void Daemon::become_run(const DueRun& what, Command command) {
    ::setpgid(0, 0);
    renew_signal_handlers();
    const sigset_t set = daemon_signals();
    ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
    CommandLine line = line_;
    line.command = command;
    line.resident = true;
    // For an agent that this process may execute in a self-update: it has no memory of this one.
    line.arguments = {command == Command::now ? "now" : "run"};
    if (!config_.file.empty()) line.arguments.insert(line.arguments.end(), {"--config", config_.file.string()});
    line.arguments.insert(line.arguments.end(), {"--root", config_.update.root.string()});
    config_.delay = {Milliseconds{0}, Milliseconds{0}};  // it is over
    open_log(line, config_);
    for (const std::string& name : what.all ? std::vector<std::string>() : what.connectors) {
        if (is_folder(config_.update.root / name)) {
            line.names.push_back(name);
        } else {
            log::warning(name, fmt::format("{} has no connector of this name, but [[connector]] has a schedule for it",
                                           config_.update.root.string()));
        }
    }
    ExitCode code = ExitCode::success;
    if (what.all || !line.names.empty()) code = update_command(line, config_);
    std::fflush(nullptr);
    ::_exit(static_cast<int>(code));
}

void Daemon::reap() {
    int status = 0;
    const bool is_over = run_ && ::waitpid(run_->pid, &status, WNOHANG) == run_->pid;
    reap_strangers(is_over || !run_ ? 0 : run_->pid);
    if (!is_over) return;
    const Run run = *std::exchange(run_, std::nullopt);
    open_log(line_, config_);  // the run may have rotated it
    finish_run(run, status);
    if (!stopping_ && is_replaced()) become_successor();
    show_status({});
    if (!stopping_) tell_person();
}

void Daemon::finish_run(const Run& run, int status) {
    if (WIFSIGNALED(status)) {
        log::error({}, fmt::format("the run (process {}) was ended by signal {}", run.pid, WTERMSIG(status)));
    }
    // The next daemon makes up a stopped run.
    const bool done = WIFEXITED(status) && WEXITSTATUS(status) == static_cast<int>(ExitCode::success);
    if (stopping_ && !done) return;
    if (!agenda_.served(run.what, system_clock().now())) return;
    const auto written = write_served_times(served_times_file(config_.update.state), agenda_.served_times());
    if (!written.ok()) log::error({}, log::with_hint(written.error().message, written.error().hint));
}

void Daemon::stop() {
    stopping_ = true;
    manager_.tell("STOPPING=1\nSTATUS=ending at the next safe point");
    if (run_) ::kill(run_->pid, SIGTERM);
}

void Daemon::reload() {
    manager_.tell("RELOADING=1");
    auto config = load_();
    auto agenda = config.ok() ? make_agenda(*config) : Result<Agenda>(config.error());
    if (agenda.ok() && config->update.state != config_.update.state) {
        agenda = Error{ErrorCode::invalid_input, "another state folder needs another daemon", "restart it"};
    }
    if (!agenda.ok()) {
        const Error& error = agenda.error();
        log::error({}, log::with_hint("the previous configuration stays in force: " + error.message, error.hint));
        manager_.tell("READY=1\nSTATUS=the configuration is wrong, the previous one stays in force: " + error.message);
        return;
    }
    agenda->remember(agenda_.served_times(), system_clock().now());
    agenda_ = std::move(agenda).value();
    config_ = std::move(config).value();
    open_log(line_, config_);
    log::info({}, "configuration read again: " + next_run());
    show_status("READY=1\n");
    tell_person();
}

// The installed file has changed. Signals stay blocked over the exec, so that none is lost.
void Daemon::become_successor() {
    std::vector<std::string> arguments{config_.executable.string()};
    arguments.insert(arguments.end(), line_.arguments.begin(), line_.arguments.end());
    const std::vector<char*> argv = c_strings(arguments);
    log::info({}, "the agent was updated: the daemon continues as the new version");
    manager_.tell("RELOADING=1");
    manager_.give_back();
    lock_.set_over_exec(FileLock::OverExec::keep);
    ::execv(config_.executable.c_str(), argv.data());
    const Error error = errno_error(errno, "cannot start " + config_.executable.string());
    log::error({}, error.message);
    lock_.set_over_exec(FileLock::OverExec::drop);
    (void)ServiceNotifier::take_from_environment();
    manager_.tell("READY=1");
}

void Daemon::show_status(std::string_view prefix) {
    if (run_) return manager_.tell(fmt::format("{}STATUS=a run is active (process {})", prefix, run_->pid));
    manager_.tell(fmt::format("{}STATUS={}", prefix, next_run()));
}

std::string Daemon::next_run() {
    const auto next = agenda_.next_wake(system_clock().now());
    return next ? "next run at " + format_time(*next) : "no run is scheduled";
}

// A person who starts it by hand sees nothing else until the next run.
void Daemon::tell_person() {
    if (line_.form == OutputForm::text && is_terminal(STDERR_FILENO)) {
        print_text(stderr, "{}; Ctrl-C ends the daemon\n", next_run());
    }
}

ExitCode daemon_command(const CommandLine& line, Config config, const ConfigLoader& load) {
    auto lock = FileLock::try_take(daemon_lock_file(config.update.state));
    if (!lock.ok()) {
        return report_error(line, busy_as_text(lock.error(), daemon_lock_file(config.update.state), "another daemon"));
    }
    auto daemon = Daemon::make(line, std::move(config), load, std::move(lock).value());
    return daemon.ok() ? daemon->run() : report_error(line, daemon.error());
}

}  // namespace gup

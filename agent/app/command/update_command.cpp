// SPDX-License-Identifier: Apache-2.0
#include "app/command/update_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <build_info.hpp>
#include <utility>

#include "app/command/agent_update.hpp"
#include "app/command/commands.hpp"
#include "app/command/identity.hpp"
#include "app/command/run_lock.hpp"
#include "app/config/network.hpp"
#include "app/notify/notifier.hpp"
#include "app/output/display.hpp"
#include "app/output/live_block.hpp"
#include "app/output/message.hpp"
#include "app/output/print_text.hpp"
#include "host/reboot.hpp"
#include "selfupdate/trial.hpp"
#include "update/agenda.hpp"
#include "update/supervise/reboot_verification.hpp"
#include "update/supervise/run.hpp"
#include "util/log/log.hpp"
#include "util/printable.hpp"
#include "util/process/process.hpp"
#include "util/sys/signals.hpp"
#include "util/units.hpp"

namespace gup {
namespace {

// A fleet must not ask its servers in the same second. A person at a terminal learns how long it takes.
bool wait_random_delay(const DelayRange& range, const CommandLine& line) {
    constexpr Milliseconds worth_telling{1'000};
    const Milliseconds delay = random_delay(range);
    log::debug({}, fmt::format("waiting {}", format_duration(delay)));
    if (delay >= worth_telling && line.form == OutputForm::text && is_terminal(STDERR_FILENO)) {
        print_text(stderr, "waiting {} (run.delay); \"gup-agent now\" does not wait\n", whole_seconds(delay));
    }
    return sleep_unless_stopped(delay);
}

// Runs of the daemon, and of a person while a daemon exists, wait for the active run: with a short schedule there is
// often one. Otherwise a second run is an error.
Result<FileLock> take_turn(const CommandLine& line, const UpdateSettings& settings) {
    const bool scheduled = line.command == Command::run;
    constexpr Milliseconds between_tries{200};
    constexpr Milliseconds longest_wait{6 * 3'600'000};  // as long as the units let a run take
    auto lock = take_turn_lock(settings);
    const auto in_the_way = [&] { return !lock.ok() && lock.error().code == ErrorCode::busy; };
    if (!in_the_way()) return lock;
    const auto daemon = lock_holder(daemon_lock_file(settings.state));
    const bool asked_beside_daemon = !scheduled && daemon.ok() && *daemon > 0;
    if (!line.resident && !asked_beside_daemon) return lock;
    if (!line.resident) print_remark(line, lock.error().message + "; waiting for its end");
    const Milliseconds end = system_clock().monotonic() + longest_wait;
    while (in_the_way() && system_clock().monotonic() < end && sleep_unless_stopped(between_tries)) {
        lock = take_turn_lock(settings);
    }
    if (in_the_way() && stop_requested())
        return Error{ErrorCode::cancelled, "the run was not started, nothing was changed", {}};
    return lock;
}

// The next run and `doctor` tell why the reboot did not happen.
void remember_failure(const UpdateSettings& settings, const std::string& failure) {
    auto request = read_reboot_request(settings.state);
    if (!request.ok() || !*request) return;
    (*request)->failure = failure;
    if (auto status = write_reboot_request(settings.state, **request); !status.ok()) {
        log::error({}, status.error().message);
    }
}

// False when the reboot was wanted and its command failed.
bool reboot_if_wanted(const Config& config, const RunReport& report) {
    const RebootSettings& settings = config.reboot;
    const bool wanted = settings.wish == RebootWish::always
                            ? report.any_updated() || report.reboot_asked
                            : settings.wish == RebootWish::when_needed && report.needs_reboot();
    if (!wanted || report.interrupted) return true;
    if (auto status = remember_reboot(config.update, report); !status.ok()) {
        log::error({}, fmt::format("the connectors cannot be checked after the reboot: {}", status.error().message));
    }
    log::warning(
        {}, fmt::format("rebooting in {}: {}", format_duration(settings.delay), display_command(settings.command)));
    const Status status = reboot(settings);
    if (status.ok()) return true;
    log::error({}, log::with_hint("cannot reboot: " + status.error().message, status.error().hint));
    if (status.error().code == ErrorCode::cancelled) return true;  // also by the shutdown itself
    remember_failure(config.update, status.error().message);
    return false;
}

// Before a reboot; after a failure the old agent tries again in its next run.
void finish_trial(AgentUpdate& agent) {
    if (auto status = agent.finish_trial(); !status.ok()) {
        log::error({}, log::with_hint(status.error().message, status.error().hint));
    }
}

}  // namespace

ExitCode update_command(const CommandLine& line, const Config& config) {
    const bool scheduled = line.command == Command::run;
    if (line.quarantine == Quarantine::retry && line.names.empty()) {
        return report_error(
            line, {ErrorCode::invalid_input, "--retry needs the names of connectors", "gup-agent now --retry NAME"});
    }
    // An agent that continues for another one does not wait again.
    if (scheduled && line.on_behalf_of.empty() && !wait_random_delay(config.delay, line)) {
        return report_error(line, {ErrorCode::cancelled, "the run was not started, nothing was changed", {}});
    }
    auto lock = take_turn(line, config.update);
    if (!lock.ok()) return report_error(line, lock.error());
    AgentUpdate agent(line, config);
    (void)agent.update(*agent_http(config, agent.while_waiting()), *lock);
    RunFacts facts;
    facts.agent = build_info::version;
    facts.command = scheduled ? "run" : "now";
    Notifier notifier(config, std::move(facts), [&config] { return agent_http(config); });
    notifier.start();
    const auto display = make_display(line);
    const RunEvents events = display->events();
    const bool is_limited = line.names.empty() || scheduled;
    UpdateSettings settings = settings_to_switch(line, config, {DataBudget::Keep::yes, is_limited});
    settings.is_scheduled = scheduled;
    settings.retry_quarantined = line.quarantine == Quarantine::retry;
    if (scheduled) settings.reboot = config.reboot.wish;
    const auto report = run_update(settings, line.names, events);
    if (!report.ok()) return report_error(line, report.error());
    display->end(*report);
    if (report->connectors.empty() && !report->interrupted && !scheduled && line.form == OutputForm::text) {
        print_text("the root is {} ({})\n", printable(config.update.root.string()), printable(config.root_from));
    }
    notifier.end(*report, exit_code_of_run(line, *report));
    if (agent.on_trial() && !report->interrupted) finish_trial(agent);
    const bool is_rebooted = !scheduled || reboot_if_wanted(config, *report);
    const ExitCode code = exit_code_of_run(line, *report);
    return is_rebooted || code != ExitCode::success ? code : ExitCode::connector_failed;
}

UpdateSettings settings_to_switch(const CommandLine& line, const Config& config, DataUse use) {
    UpdateSettings settings = worker_settings(config, use);
    settings.built = build_info::commit_time;
    settings.started_by = line.resident ? "daemon" : line.command == Command::run ? "schedule" : calling_user();
    if (!line.pre_hooks.empty()) settings.hooks.pre_update = fs::absolute(line.pre_hooks);
    if (!line.post_hooks.empty()) settings.hooks.post_update = fs::absolute(line.post_hooks);
    return settings;
}

}  // namespace gup

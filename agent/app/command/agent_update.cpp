// SPDX-License-Identifier: Apache-2.0
#include "app/command/agent_update.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <build_info.hpp>
#include <cerrno>
#include <charconv>
#include <cstdio>

#include "selfupdate/manifest_request.hpp"
#include "selfupdate/trial.hpp"
#include "util/log/log.hpp"
#include "util/process/process.hpp"
#include "util/sys/directory.hpp"

namespace gup {
namespace {

// A new agent that hangs would keep the lock for ever and block all runs. The alarm survives execve and ends the agent
// before the next night; that is one of its three starts.
constexpr unsigned trial_seconds = 20 * 3600;

bool is_concerned(const CommandLine& line, const Config& config) {
    return !config.self_update.url.empty() || !line.on_behalf_of.empty();
}

SelfUpdateJob make_job(const CommandLine& line, const Config& config) {
    SelfUpdateJob job;
    job.settings = config.self_update;
    // An agent without self-update does not need dpkg's list.
    if (is_concerned(line, config)) {
        job.place = find_installation(config.executable, config.update.state, build_info::platform, dpkg_paths());
    }
    job.state = config.update.state;
    job.version = build_info::version;
    job.built = build_info::commit_time;
    job.retry = config.retry;
    if (!config.file.empty()) job.arguments = {"--config", config.file.string()};
    if (!line.root.empty()) job.arguments.insert(job.arguments.end(), {"--root", config.update.root.string()});
    return job;
}

// An unreadable state file must not stop updates for ever, because no person removes it.
SelfUpdateState known_state(const fs::path& folder) {
    auto state = read_self_update_state(folder);
    if (state.ok()) return *std::move(state);
    log::warning({}, fmt::format("self-update: {}; starting again", state.error().message));
    return {};
}

AgentTrial trial_of(const ReleaseManifest& manifest, const std::string& target) {
    AgentTrial trial;
    trial.version = manifest.version;
    trial.expires = manifest.expires;
    trial.file = manifest.targets.at(target);
    return trial;
}

// curl's sockets would stay open over execve, and the server would wait for a request.
void close_over_exec() {
    const auto names = list_folder("/proc/self/fd");
    if (!names.ok()) return;
    for (const std::string& name : *names) {
        int fd = 0;
        std::from_chars(name.data(), name.data() + name.size(), fd);
        if (fd > STDERR_FILENO) (void)::fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
}

bool is_same(const AgentTrial& a, const AgentTrial& b) {
    return a.version == b.version && a.file.sha256 == b.file.sha256 && a.file.file == b.file.file;
}

}  // namespace

AgentUpdate::AgentUpdate(const CommandLine& line, const Config& config) : line_(line), job_(make_job(line, config)) {
    if (is_concerned(line, config)) state_ = known_state(job_.state);
}

WhileWaiting AgentUpdate::while_waiting() {
    return [this] { return events_.tick ? events_.tick() : Milliseconds{-1}; };
}

void AgentUpdate::show_progress() {
    shown_ = std::make_unique<AskingLine>(line_);
    events_ = shown_->events();
    job_.progress = [this](const std::string& step, std::uint64_t bytes) {
        events_.tell("gup-agent", {step, bytes, Milliseconds{0}});
        if (events_.tick) (void)events_.tick();
    };
}

void AgentUpdate::hide_progress() {
    job_.progress = {};
    events_ = {};
    shown_.reset();
}

bool AgentUpdate::on_trial() const {
    return !line_.on_behalf_of.empty() && state_.trial && state_.trial->version == job_.version;
}

AgentNews AgentUpdate::refuse(const Error& error) const {
    const auto kind = is_network_failure(error) || error.code == ErrorCode::server ? AgentNews::Kind::unreachable
                                                                                   : AgentNews::Kind::refused;
    return {kind, {}, error.message, error.hint};
}

AgentNews AgentUpdate::look(HttpPool& pool) {
    if (job_.settings.url.empty()) return {};
    const auto look = check_manifest(pool, job_, state_);
    if (!look.ok()) return refuse(look.error());
    const ManifestVerdict& judgement = look->judgement;
    if (judgement.verdict == ReleaseVerdict::update) {
        const AgentTrial offered = trial_of(look->manifest, job_.place.target);
        if (!state_.trial || !is_same(*state_.trial, offered)) state_.trial = offered;
        state_.trial->expires = offered.expires;
        return {AgentNews::Kind::available, offered.version, {}, {}};
    }
    trial_waits_ = judgement.verdict == ReleaseVerdict::expired || judgement.verdict == ReleaseVerdict::clock_wrong;
    if (!trial_waits_ && !unsettled_) state_.trial.reset();  // the offer was withdrawn
    if (judgement.verdict == ReleaseVerdict::up_to_date) return {AgentNews::Kind::up_to_date, {}, {}, {}};
    return {AgentNews::Kind::refused, {}, judgement.message, judgement.hint};
}

// Calls look() and stores the result. A trial is stored only once its agent is staged.
AgentNews AgentUpdate::refresh(HttpPool& pool) {
    const auto before = state_.trial;
    AgentNews news = look(pool);
    SelfUpdateState learned = state_;
    if (state_.trial) learned.trial = before;
    if (before && !state_.trial) remove_staged(job_.place);
    if (auto written = write_self_update_state(job_.state, learned); !written.ok()) {
        // Without a stored state the trial must not start, because an uncounted start could repeat for ever.
        news = {AgentNews::Kind::refused, {}, written.error().message, written.error().hint};
        state_.trial.reset();
    }
    return news;
}

AgentNews AgentUpdate::update(HttpPool& pool, FileLock& lock) {
    if (job_.settings.url.empty() || !line_.on_behalf_of.empty()) return {};
    // Another process has just updated the agent: the installed one decides in the next night.
    if (is_replaced()) return {};
    show_progress();
    AgentNews news = update_itself(pool, lock);
    hide_progress();
    return news;
}

AgentNews AgentUpdate::update_itself(HttpPool& pool, FileLock& lock) {
    const auto settled = clean_up_trial(job_, state_);
    if (!settled.ok()) {
        log::error({}, log::with_hint("self-update: " + settled.error().message, settled.error().hint));
        // dpkg was interrupted and cannot finish (it is busy, or needs the package again): call it again.
        unsettled_ = state_.trial && state_.trial->proven && job_.place.kind == InstallKind::packaged;
    } else if (!settled->empty()) {
        log::info({}, "self-update: " + *settled);
    }
    AgentNews news = refresh(pool);
    if (news.kind == AgentNews::Kind::refused || news.kind == AgentNews::Kind::unreachable) {
        log::warning({}, log::with_hint("the agent does not update itself: " + news.message, news.hint));
    }
    // A run with names is not a complete run and proves nothing.
    if (state_.trial && !trial_waits_ && line_.names.empty()) take_turn(pool, lock, news);
    return news;
}

void AgentUpdate::take_turn(HttpPool& pool, FileLock& lock, AgentNews& news) {
    const std::string version = state_.trial->version;
    const auto give_up = [&](const Error& error) {
        news = refuse(error);
        news.version = version;
        log::warning(
            {}, log::with_hint(fmt::format("the agent stays version {}: {}", job_.version, error.message), error.hint));
    };
    const auto program = next_agent(pool);
    if (!program.ok()) return give_up(program.error());
    log::info({}, fmt::format("self-update: continuing as version {} (from {})", version, job_.version));
    Error error = become(*program, lock);
    // A file that is not a program will not be one tomorrow.
    if (error.code == ErrorCode::unsupported && state_.trial) {
        if (auto refused = refuse_trial(job_, state_, error.message); !refused.ok()) error = refused.error();
    }
    give_up(error);
}

Result<fs::path> AgentUpdate::next_agent(HttpPool& pool) {
    const std::string version = state_.trial->version;
    const auto expiry = judge_trial(job_, state_);
    if (expiry.verdict != ReleaseVerdict::up_to_date) return Error{ErrorCode::failed, expiry.message, expiry.hint};
    if (!state_.trial->proven && state_.trial->starts >= trial_starts) {
        const std::string reason = fmt::format("it did not finish a run in {} starts", trial_starts);
        GUP_CHECK(refuse_trial(job_, state_, reason));
        return Error{ErrorCode::failed, fmt::format("version {} is not tried again: {}", version, reason),
                     "publish a newer version that works"};
    }
    if (auto staged = stage_agent(pool, job_, *state_.trial); !staged.ok()) {
        return staged.error().with_context("version " + version);
    }
    if (state_.trial->proven) {
        GUP_CHECK(finish_trial());
        return job_.place.executable;
    }
    GUP_CHECK(begin_trial(job_, state_));
    return job_.place.staged;
}

Status AgentUpdate::finish_trial() {
    ::alarm(0);  // not during dpkg's work
    const std::string version = state_.trial->version;
    auto finished = gup::finish_trial(job_, state_);
    if (!finished.ok()) return finished.error().with_context(fmt::format("cannot install version {}", version));
    log::info({}, fmt::format("self-update: installed version {}", version));
    return {};
}

// Returns only after a failure.
Error AgentUpdate::become(const fs::path& program, FileLock& lock) {
    std::vector<std::string> arguments{program.string()};
    arguments.insert(arguments.end(), line_.arguments.begin(), line_.arguments.end());
    const std::vector<char*> argv = c_strings(arguments);
    std::vector<std::string> environment{fmt::format("{}={}", stand_in_variable, job_.place.executable.string())};
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) environment.emplace_back(*entry);
    const std::vector<char*> variables = c_strings(environment);

    hide_progress();
    std::fflush(stdout);
    close_over_exec();
    lock.set_over_exec(FileLock::OverExec::keep);
    ::alarm(trial_seconds);
    ::execve(program.c_str(), argv.data(), variables.data());
    const int number = errno;
    ::alarm(0);
    lock.set_over_exec(FileLock::OverExec::drop);
    Error error = errno_error(number, "cannot start " + program.string());
    if (number == ENOEXEC) error.code = ErrorCode::unsupported;
    return error;
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "update/lifecycle.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "host/hooks.hpp"
#include "host/units/health.hpp"
#include "host/units/services.hpp"
#include "util/log/log.hpp"
#include "util/parallel.hpp"
#include "util/sys/directory.hpp"
#include "util/units.hpp"

namespace gup {
namespace {

// For a connector with a mirror: the new and the old folder.
void tell_local(HookContext& context, const fs::path& current, const fs::path& previous) {
    if (!is_folder(current)) return;
    context.local = current;
    if (is_folder(previous)) context.local_before = previous;
}

// Stands for the code before the first deployment. A hook that gets an empty text instead takes "$PREVIOUS_CONFIG/tmp" for
// "/tmp".
class EmptyFolder {
public:
    explicit EmptyFolder(const Connector& connector)
        : path_(connector.path.parent_path() / generations_name / connector.name / ".nothing") {}
    EmptyFolder(const EmptyFolder&) = delete;
    EmptyFolder& operator=(const EmptyFolder&) = delete;
    ~EmptyFolder() {
        if (is_made_) (void)remove_tree(path_);
    }

    void fill_in(HookContext& context) const {
        take(context.current);
        take(context.previous);
        if (!context.local.empty()) take(context.local_before);
    }

private:
    // Where none can be made, a path at which nothing is does no harm, either.
    void take(fs::path& place) const {
        if (!place.empty()) return;
        is_made_ = ::mkdir(path_.c_str(), 0755) == 0 || is_made_;
        place = path_;
    }

    fs::path path_;
    mutable bool is_made_ = false;
};

}  // namespace

Lifecycle::Lifecycle(const Observation& observation, const Gupfile& after, const UpdateSettings& settings,
                     const RunEvents& events)
    : observation_(observation), after_(after), settings_(settings), events_(events) {}

UnitClaim Lifecycle::claim() const {
    return {after_.service, connector(), owner()};
}

Status Lifecycle::check_claim() {
    if (after_.service.empty()) return {};
    const auto states = unit_states({after_.service}, settings_.systemd);
    if (!states.ok() || !check_loaded(states->front()).ok()) return {};  // pre_update reports it
    was_up_ = states->front().active != "inactive";
    is_off_ = is_switched_off(states->front(), settings_.systemd);
    if (is_off_) {
        log::warning(connector(), fmt::format("{0} is stopped and disabled, so it is not started; to run the new code: "
                                              "systemctl enable --now {0}",
                                              after_.service));
    }
    return may_restart(states->front(), claim(), settings_.systemd.policy);
}

Status Lifecycle::pre_update(const StagedGeneration& staged) {
    if (!service().empty()) GUP_CHECK(check_unit(claim(), settings_.systemd));
    HookContext context = context_of(staged);
    tell_local(context, staged.next, staged.local);
    GUP_TRY(const auto later, find_hooks(HookPhase::post_update, settings_.hooks, {}, context.current));
    (void)later;  // checks before activation that no hook is refused after it
    const Gupfile& there = staged.code.empty() ? observation_.gupfile : after_;
    return run_phase(HookPhase::pre_update, there.pre_update, context);
}

Status Lifecycle::post_update(const StagedGeneration& staged) {
    HookContext context = context_of(staged);
    tell_local(context, staged.local, staged.next);
    return run_phase(HookPhase::post_update, after_.post_update, context);
}

void Lifecycle::rolled_back(const StagedGeneration& staged) {
    HookContext context = context_of(staged);
    std::swap(context.from, context.to);
    if (staged.code.empty()) {
        context.previous = context.current;  // the copy is gone
    } else {
        std::swap(context.current, context.previous);
    }
    tell_local(context, staged.local, staged.next);
    context.generation.clear();
    context.on_stop = OnStop::go_on;  // the way back is completed, also when this program is to end
    context.virtualenv = observation_.virtualenv.path;
    const auto status = run_phase(HookPhase::post_update, observation_.gupfile.post_update, context);
    if (!status.ok()) log_unstable(connector(), status.error());
}

DeploymentHooks Lifecycle::hooks() {
    return {[this](const StagedGeneration& staged) { return pre_update(staged); },
            [this](const StagedGeneration& staged) { return post_update(staged); },
            [this](const StagedGeneration& staged) { rolled_back(staged); },
            [this] { return has_post_update_hooks(); }};
}

bool Lifecycle::has_post_update_hooks() const {
    if (!after_.post_update.empty()) return true;
    const auto hooks = find_hooks(HookPhase::post_update, settings_.hooks, {}, {});
    return hooks.ok() && !hooks->empty();
}

HookContext Lifecycle::context_of(const StagedGeneration& staged) const {
    HookContext context;
    context.connector = observation_.connector.name;
    context.current = staged.code.empty() ? observation_.connector.path : staged.code;
    const bool is_live = staged.code.empty() && staged.code_before.empty();
    context.previous = is_live ? observation_.connector.path : staged.code_before;
    context.from = staged.from_commit;
    context.to = staged.commit;
    context.generation = staged.id;
    context.virtualenv = staged.virtualenv;
    context.owner = observation_.owner;
    context.operators_folder = settings_.hooks.folder;
    return context;
}

Status Lifecycle::run_phase(HookPhase phase, const std::string& own, HookContext context) const {
    GUP_TRY(const auto hooks, find_hooks(phase, settings_.hooks, own, context.current));
    if (hooks.empty()) return {};
    const EmptyFolder nothing(observation_.connector);
    nothing.fill_in(context);
    events_.tell(context.connector, fmt::format("running its {} hooks", to_string(phase)));
    const auto results = run_hooks(phase, hooks, context, settings_.hooks.timeout);
    if (!results.ok()) return results.error();
    return {};
}

HealthSubject Lifecycle::health_of(const StagedGeneration& staged) const {
    HealthSubject subject;
    subject.connector = observation_.connector.name;
    subject.folder = observation_.connector.path;
    subject.virtualenv = staged.virtualenv;
    subject.owner = observation_.owner;
    if (is_off_) return subject;
    subject.check = after_.health;
    subject.check.within = std::min<Milliseconds>(subject.check.within, settings_.health_at_most);
    subject.service = after_.service;
    subject.was_up = was_up_;
    subject.http = settings_.health_http;
    return subject;
}

Release Lifecycle::release(const StagedGeneration& staged) const {
    return {staged.commit.empty() ? observation_.code.commit : staged.commit, after_.pins,
            observation_.stacks.settings};
}

bool Lifecycle::needs_health_check() const {
    return has_health_check(health_of({}));
}

Status Lifecycle::watch(const StagedGeneration& staged) const {
    const HealthSubject subject = health_of(staged);
    if (!has_health_check(subject)) return {};
    if (subject.check.within < after_.health.within) {
        log::warning(subject.connector,
                     fmt::format("its gupfile's health window of {} is shortened to {}: "
                                 "update.health-at-most in gup-agent.toml allows no more",
                                 format_duration(after_.health.within), format_duration(subject.check.within)));
    }
    events_.tell(subject.connector, "checking its health");
    return check_health(subject, settings_.systemd);
}

Status Lifecycle::start_stacks(const StackDeployment& stacks) const {
    const Milliseconds limit = std::min<Milliseconds>(after_.health.within, settings_.health_at_most);
    GUP_CHECK(stacks.start(limit));
    const std::vector<std::string> units = stacks.watched();
    if (units.empty()) return {};
    events_.tell(connector(), "checking the health of its services");
    std::vector<Status> verdicts(units.size());
    constexpr std::size_t at_once = 16;
    parallel_for(units.size(), at_once, [&](std::size_t i) {
        HealthSubject subject;
        subject.connector = connector();
        subject.owner = owner();
        subject.service = units[i];
        subject.check.within = limit;
        verdicts[i] = check_health(subject, stacks.site().systemd);
    });
    for (Status& verdict : verdicts) GUP_CHECK(std::move(verdict));
    return {};
}

void log_unstable(const std::string& connector, const Error& error) {
    log::error(connector, fmt::format("the connector may be unstable: it was rolled back, but {}", error.message));
}

bool is_the_releases_fault(const Error& error) {
    return error.code != ErrorCode::cancelled && !is_machine_failure(error);
}

}  // namespace gup

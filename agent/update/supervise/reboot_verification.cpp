// SPDX-License-Identifier: Apache-2.0
#include "update/supervise/reboot_verification.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "connector/generation_store.hpp"
#include "connector/layout.hpp"
#include "host/units/services.hpp"
#include "update/connector_update.hpp"
#include "update/health_strikes.hpp"
#include "update/lifecycle.hpp"
#include "update/rollback.hpp"
#include "update/status_store.hpp"
#include "update/supervise/owner_workers.hpp"
#include "util/log/log.hpp"
#include "util/parallel.hpp"
#include "util/worker/channel.hpp"

namespace gup {
namespace {

constexpr std::size_t looks_at_once = 64;
// Without a sign that all connectors have started, they have started by then.
constexpr Milliseconds longest_boot{600'000};

// `recover` also runs during the boot, before the connectors start. A check would fail them all then.
bool is_machine_up(const Systemd& systemd) {
    if (system_clock().monotonic() >= longest_boot) return true;
    const auto states = unit_states({"multi-user.target"}, systemd);
    return states.ok() && states->front().active == "active";
}

std::string names_of(const RebootRequest& request) {
    std::vector<std::string> names;
    for (const RebootedConnector& one : request.connectors) names.push_back(one.name);
    return names.empty() ? "nothing new" : fmt::format("{}", fmt::join(names, ", "));
}

// Connectors that were changed since then are not checked.
bool is_still_there(const RebootedConnector& one, const Observation& observation, const UpdateSettings& settings) {
    if (one.generation.empty()) return observation.code.commit == one.to;
    const auto generations = list_generations(layout_of(observation, settings.root), observation.layout);
    const Generation* current = find_current(generations, observation, observation.layout);
    return current != nullptr && current->id == one.generation;
}

class RebootVerification {
public:
    RebootVerification(const RebootRequest& request, const UpdateSettings& settings, const RunEvents& events)
        : request_(request), settings_(settings), events_(events), looks_(request.connectors.size()) {}

    RebootState run(const std::string& boot) {
        parallel_for(looks_.size(), looks_at_once, [this](std::size_t i) { look(i); });
        RebootRequest again{system_clock().now(), boot, {}};
        bool is_wanted = false;
        RebootState news;
        for (std::size_t i = 0; i < looks_.size(); ++i) {
            const RebootedConnector& one = request_.connectors[i];
            if (!looks_[i]) continue;
            if (looks_[i]->ok()) {
                tell_healthy(one);
                news.healthy.push_back(one.name);
            } else if (looks_[i]->error().code == ErrorCode::cancelled) {
                return {request_, {}};  // after a stop all are checked again
            } else {
                is_wanted = roll_back(one, looks_[i]->error()) || is_wanted;
            }
        }
        if (is_wanted) news.standing = std::move(again);
        return news;
    }

private:
    void look(std::size_t i) {
        const RebootedConnector& one = request_.connectors[i];
        const log::ConnectorScope scope(one.name);
        const Observation observation = observe_here({one.name, settings_.root / one.name}, settings_);
        if (observation.error) return;
        if (!is_still_there(one, observation, settings_)) return;
        StagedGeneration pair;
        pair.virtualenv = virtualenv_at(observation.place);
        const Lifecycle care(observation, observation.gupfile, settings_, events_);
        looks_[i] = care.needs_health_check() ? watch(care, pair) : Status{};
    }

    [[nodiscard]] Status watch(const Lifecycle& care, const StagedGeneration& pair) const {
        const HealthStrikes strikes(settings_.state);
        const Release release = care.release(pair);
        const auto out = strikes.struck_out(care.connector());
        if (out && is_same_release(out->release, release)) {
            strikes.end(care.connector());
            return Error{ErrorCode::failed, out->reason, {}};
        }
        if (auto noted = strikes.begin(care.connector(), release); !noted.ok()) {
            log::warning(care.connector(), noted.error().message);
        }
        auto health = care.watch(pair);
        if (health.ok() || health.error().code != ErrorCode::cancelled) strikes.end(care.connector());
        return health;
    }

    void tell_healthy(const RebootedConnector& one) const {
        log::info(one.name, "the reboot happened, and it is healthy: updated");
        const auto status = read_status(status_file(settings_));
        const ConnectorStatus* entry = status.ok() ? status->find(one.name) : nullptr;
        if (entry == nullptr || entry->report.outcome != Outcome::deferred) return;
        RunReport seen;
        seen.connectors.push_back(entry->report);
        seen.connectors.back().outcome = Outcome::updated;
        seen.connectors.back().reason.clear();
        seen.connectors.back().hint.clear();
        (void)save_status(settings_, *status, seen, Coverage::some_connectors);
    }

    [[nodiscard]] bool roll_back(const RebootedConnector& one, const Error& error) const {
        const std::string reason = "after the reboot: " + error.message;
        log::error(one.name, reason);
        RunEvents quiet;
        quiet.activity = events_.activity;
        const auto run = run_rollback(settings_, {one.name, {}, reason}, quiet);
        const bool is_back = run.ok() && !run->connectors.front().actions.empty();
        if (!run.ok()) {
            log::error(one.name, log::with_hint("not rolled back: " + run.error().message, run.error().hint));
        } else if (is_back && run->connectors.front().restarted.empty()) {
            log::warning(one.name, "it was rolled back; the failed release runs until the next reboot");
            return true;
        }
        return false;
    }

    const RebootRequest& request_;
    const UpdateSettings& settings_;
    const RunEvents& events_;
    std::vector<std::optional<Status>> looks_;  // nullopt: not checked
};

nlohmann::json news_message(const RebootState& news) {
    const bool is_stopped = news.standing && !news.standing->connectors.empty();
    return {{"healthy", news.healthy}, {"again", news.standing.has_value()}, {"stopped", is_stopped}};
}

// The connectors of each owner in a worker of that owner.
RebootState verify_in_workers(const RebootRequest& request, const std::string& boot, const UpdateSettings& settings,
                              const RunEvents& events) {
    std::map<unsigned, std::pair<Owner, RebootRequest>> groups;
    for (const RebootedConnector& one : request.connectors) {
        const auto owner = find_owner(settings, one.name);
        if (!owner.ok()) continue;
        auto& [known, part] =
            groups.try_emplace(owner->uid, *owner, RebootRequest{request.time, request.boot_id, {}}).first->second;
        part.connectors.push_back(one);
    }
    RebootState news;
    bool is_stopped = false;
    OwnerWorkers workers(settings, events);
    for (const auto& [uid, group] : groups) {
        const RebootRequest& part = group.second;
        OwnerJob job{group.first, {}, {}, {}};
        for (const RebootedConnector& one : part.connectors) job.connectors.push_back(one.name);
        job.work = [&part, &boot](const UpdateSettings& own, const RunEvents& told) -> Result<nlohmann::json> {
            return news_message(RebootVerification(part, own, told).run(boot));
        };
        job.on_end = [&](const Result<nlohmann::json>& result) {
            if (!result.ok()) return log::error({}, "after the reboot: " + result.error().message);
            const auto healthy = text_members(*result, "healthy");
            news.healthy.insert(news.healthy.end(), healthy.begin(), healthy.end());
            is_stopped = is_stopped || flag_member(*result, "stopped");
            if (flag_member(*result, "again")) news.standing = RebootRequest{system_clock().now(), boot, {}};
        };
        workers.start(std::move(job));
    }
    workers.run();
    if (is_stopped) return {request, {}};  // after a stop all are checked again
    return news;
}

Status replace_request(const fs::path& state, const std::optional<RebootRequest>& request) {
    return request ? write_reboot_request(state, *request) : forget_reboot_request(state);
}

}  // namespace

void wait_for_reboot(ConnectorReport& report, const RebootState& news, RebootWish wish) {
    const bool is_new = wish != RebootWish::never && report.outcome == Outcome::updated && !report.actions.empty() &&
                        report.restarted.empty();
    if (is_new) {
        report.waits_for_reboot = true;
        report.outcome = Outcome::deferred;
        report.reason = "the update is activated, but runs only after a reboot";
        report.hint = "gup-agent status shows whether the reboot happened";
    }
    if (report.outcome != Outcome::unchanged) return;
    if (std::find(news.healthy.begin(), news.healthy.end(), report.name) != news.healthy.end()) {
        report.outcome = Outcome::updated;
        report.reason = "it runs the update since the reboot, and is healthy";
    }
    if (!news.standing) return;
    for (const RebootedConnector& one : news.standing->connectors) {
        if (one.name != report.name) continue;
        report.waits_for_reboot = true;
        report.from_commit = one.from;
        report.generation = one.generation;
        report.outcome = Outcome::deferred;
        const std::string& failure = news.standing->failure;
        report.reason =
            fmt::format("its update runs only after a reboot: the reboot requested at {} has not happened{}{}",
                        format_time(news.standing->time), failure.empty() ? "" : ": ", failure);
        report.hint = failure.empty() ? "reboot the gateway; see run.reboot and run.reboot-command"
                                      : reboot_hint(::geteuid() == 0);
    }
}

Status remember_reboot(const UpdateSettings& settings, const RunReport& report) {
    GUP_TRY(const std::string boot, read_boot());
    RebootRequest request{system_clock().now(), boot, {}};
    for (const ConnectorReport& one : report.connectors) {
        if (one.waits_for_reboot) request.connectors.push_back({one.name, one.from_commit, one.commit, one.generation});
    }
    return write_reboot_request(settings.state, request);
}

RebootState verify_reboot(const UpdateSettings& settings, const RunEvents& events) {
    auto request = read_reboot_request(settings.state);
    if (!request.ok()) {
        log::warning({}, fmt::format("{}: ignored", request.error().message));
        if (auto status = forget_reboot_request(settings.state); !status.ok()) log::warning({}, status.error().message);
        return {};
    }
    if (!*request) return {};
    const std::string boot = read_boot().value_or("");
    if (judge_reboot(**request, boot) == RebootVerdict::did_not_happen) {
        const std::string& failure = (*request)->failure;
        log::warning({}, fmt::format("the reboot requested at {} has not happened{}{}: {} waits for it",
                                     format_time((*request)->time), failure.empty() ? "" : ", because ", failure,
                                     names_of(**request)));
        return {*std::move(request), {}};
    }
    if (!is_machine_up(settings.systemd)) {
        log::info({}, "the reboot happened; connectors are checked once the machine is up");
        return {*std::move(request), {}};
    }
    RebootState news = verify_in_workers(**request, boot, settings, events);
    if (auto status = replace_request(settings.state, news.standing); !status.ok()) {
        log::error({}, status.error().message);
    }
    return news;
}

}  // namespace gup

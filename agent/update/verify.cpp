// SPDX-License-Identifier: Apache-2.0
#include "update/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "host/reboot.hpp"
#include "host/units/services.hpp"
#include "update/health_strikes.hpp"
#include "util/log/log.hpp"
#include "util/parallel.hpp"
#include "util/sys/signals.hpp"

namespace gup {
namespace {

// Health checks mostly sleep; at most this many run at once.
constexpr std::size_t windows_at_once = 64;

class Verification {
public:
    Verification(const std::vector<Switched>& switched, const UpdateSettings& settings, const RunEvents& events)
        : switched_(switched), settings_(settings), events_(events), faults_(switched.size()) {}

    void run() {
        if (stop_requested()) {
            const Error stopped{ErrorCode::cancelled, "stopped before its health was checked", {}};
            std::fill(faults_.begin(), faults_.end(), Fault{stopped, DeploymentEnd::rolled_back});
        } else {
            restart_all();
            note_strikes();
            parallel_for(switched_.size(), windows_at_once, [this](std::size_t i) { judge(i); });
        }
        roll_back();
    }

private:
    // The reason for a rollback: it is unhealthy, or could not be committed.
    struct Fault {
        Error error;
        DeploymentEnd end;
    };

    // Units to restart, each with the connectors that name it.
    using Units = std::map<std::string, std::vector<std::size_t>>;

    void restart_all() {
        const std::string boot_id = read_boot_id().value_or("");
        Units units;
        for (std::size_t i = 0; i < switched_.size(); ++i) {
            const std::string& service = switched_[i].lifecycle->service();
            if (!service.empty() && note_restart(i, service, boot_id)) units[service].push_back(i);
        }
        for (const auto& [i, error] : restart(units, OnStop::end))
            faults_[i] = Fault{error, DeploymentEnd::rolled_back};
        restarted_ = std::move(units);
    }

    // Until it comes to a verdict, each health check is one that was interrupted.
    void note_strikes() {
        for (std::size_t i = 0; i < switched_.size(); ++i) {
            const Lifecycle& care = *switched_[i].lifecycle;
            if (faults_[i] || !care.needs_health_check()) continue;
            const auto noted = strikes_.begin(care.connector(), care.release(switched_[i].deployment->staged()));
            if (!noted.ok()) log::warning(care.connector(), noted.error().message);
        }
    }

    bool note_restart(std::size_t i, const std::string& unit, const std::string& boot_id) {
        const Status noted = switched_[i].deployment->log_restart(unit, boot_id);
        if (!noted.ok()) faults_[i] = Fault{noted.error(), DeploymentEnd::failed};
        return noted.ok();
    }

    // The errors, by connector.
    [[nodiscard]] std::map<std::size_t, Error> restart(const Units& units, OnStop on_stop) const {
        std::vector<UnitClaim> claims;
        std::vector<std::size_t> claimants;
        for (const auto& [unit, connectors] : units) {
            for (const std::size_t i : connectors) {
                claims.push_back(switched_[i].lifecycle->claim());
                claimants.push_back(i);
                events_.tell(switched_[i].lifecycle->connector(), fmt::format("restarting {}", unit));
            }
        }
        Systemd systemd = settings_.systemd;
        systemd.on_stop = on_stop;
        const RestartErrors errors = restart_units(claims, systemd);
        std::map<std::size_t, Error> found;
        for (std::size_t i = 0; i < errors.size(); ++i) {
            if (errors[i]) found.emplace(claimants[i], *errors[i]);
        }
        return found;
    }

    // As the connector's owner.
    template <class Act>
    Status as_owner(std::size_t i, Act act) {
        const log::ConnectorScope scope(switched_[i].lifecycle->connector());
        return act(*switched_[i].deployment, *switched_[i].lifecycle);
    }

    void judge(std::size_t i) {
        if (faults_[i]) return;
        DeploymentEnd end = DeploymentEnd::rolled_back;
        auto status = as_owner(i, [&](Deployment& deployment, Lifecycle& lifecycle) -> Status {
            Status health;
            if (const StackDeployment* stacks = deployment.stacks()) health = lifecycle.start_stacks(*stacks);
            if (health.ok()) health = lifecycle.watch(deployment.staged());
            if (health.ok() || health.error().code != ErrorCode::cancelled) strikes_.end(lifecycle.connector());
            GUP_CHECK(std::move(health));
            end = DeploymentEnd::failed;
            return deployment.commit();
        });
        if (!status.ok()) faults_[i] = Fault{std::move(status).error(), end};
    }

    void roll_back() {
        Units units;
        for (std::size_t i = 0; i < switched_.size(); ++i) {
            if (!faults_[i]) continue;
            const std::string& service = switched_[i].lifecycle->service();
            if (restarted_.count(service) > 0) units[service].push_back(i);
            const auto status = as_owner(i, [&](Deployment& deployment, Lifecycle& lifecycle) -> Status {
                deployment.roll_back(faults_[i]->error, faults_[i]->end);
                lifecycle.rolled_back(deployment.staged());
                return {};
            });
            if (!status.ok()) log_unstable(switched_[i].lifecycle->connector(), status.error());
        }
        for (const auto& [i, error] : restart(units, OnStop::go_on)) {
            log_unstable(switched_[i].lifecycle->connector(), error);
        }
        for (std::size_t i = 0; i < switched_.size(); ++i) {
            if (!faults_[i]) continue;
            (void)as_owner(i, [](Deployment& deployment, Lifecycle&) -> Status {
                deployment.end();
                return {};
            });
        }
    }

    const std::vector<Switched>& switched_;
    const UpdateSettings& settings_;
    const RunEvents& events_;
    const HealthStrikes strikes_{settings_.state};
    std::vector<std::optional<Fault>> faults_;
    Units restarted_;
};

}  // namespace

void verify_and_commit(const std::vector<Switched>& switched, const UpdateSettings& settings, const RunEvents& events) {
    if (!switched.empty()) Verification(switched, settings, events).run();
}

Result<DeploymentResult> switch_alone(const DeploymentRequest& request, Lifecycle& care, const UpdateSettings& settings,
                                      const RunEvents& events) {
    GUP_CHECK(care.check_claim());
    const std::unique_ptr<Deployment> deployment = make_deployment(request, settings, events);
    const bool is_switched = deployment->stage() && deployment->activate(care.hooks());
    if (is_switched) verify_and_commit({{deployment.get(), &care}}, settings, events);
    return std::move(deployment->result());
}

}  // namespace gup

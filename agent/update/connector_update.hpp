// SPDX-License-Identifier: Apache-2.0
// The second half of a run: executes one connector's plan and reports the result.
#pragma once

#include <memory>

#include "connector/observe.hpp"
#include "connector/settings.hpp"
#include "core/report.hpp"
#include "deploy/in_place_deployment.hpp"
#include "update/decide.hpp"
#include "update/fetch.hpp"
#include "update/lifecycle.hpp"
#include "update/maintenance_window.hpp"
#include "update/verify.hpp"

namespace gup {

// The input of a connector's update.
struct UpdateInput {
    const Observation& observation;  // outlives the update
    FetchResult fetch;
    History history;
};

// Decides and executes. Never fails as a whole: the report says what went wrong.
// Every change is logged when it is made. What is to be seen running waits for the others of its run twice, so that no
// old process meets new code while another connector's packages are downloaded, and services are restarted together:
//
//   prepare() → waiting: activate() → waiting: settle() with switched() → report()
class ConnectorUpdate {
public:
    // The others outlive this object.
    ConnectorUpdate(UpdateInput input, MaintenanceWindow& gate, const UpdateSettings& settings,
                    const RunEvents& events);

    enum class Next : bool { report, wait };

    // Decides and stages; what need not be seen running is switched and committed at once. Once.
    [[nodiscard]] Next prepare();
    // Once all others are prepared. When a stop was requested, what was staged goes.
    [[nodiscard]] Next activate();
    // Once all others are switched: for settle().
    [[nodiscard]] Switched switched() { return {switch_.get(), care_.get()}; }
    // Once it does not wait any more, or is settled.
    [[nodiscard]] ConnectorReport report();

private:
    void decide_now();
    void tell_code();
    void tell_deferred(const Deferral& deferral, bool is_code);
    [[nodiscard]] bool make_switch();
    [[nodiscard]] bool stage();
    [[nodiscard]] Next switch_over();
    [[nodiscard]] bool try_without_code();
    void end_switch();
    void tell_folder();
    void tell_declaration();
    void commit_alone();
    [[nodiscard]] bool needs_verification() const;
    void add_end(const DeploymentResult& result);
    void tell_pins();
    void tell_broken_virtualenv();
    void tell_failures();
    void add_failure(const Error& error);

    const Observation& observation_;
    MaintenanceWindow& gate_;
    const UpdateSettings& settings_;
    const RunEvents& events_;
    FetchResult fetch_;
    History history_;
    Policy policy_;
    ObservedVirtualenv virtualenv_;
    Decision decision_;
    std::optional<DeploymentRequest> request_;  // of the plan that was executed last
    std::optional<Step> code_step_;
    std::unique_ptr<Lifecycle> care_;
    std::unique_ptr<Deployment> switch_;
    bool is_decided_ = false;
    bool is_switched_ = false;
    DeploymentResult result_;
    std::optional<Error> not_admitted_;      // why pins are put off
    std::optional<Deferral> window_closed_;  // why what is staged is not switched to
    ConnectorReport report_;
};

// A report with the current state only.
[[nodiscard]] ConnectorReport first_report(const Observation& observation);

// The report of a connector that is not changed because of `error`. Keeps the held pins and the quarantine.
[[nodiscard]] ConnectorReport failed_report(const Observation& observation, const Error& error, const History& history);

// What declares the packages of a connector without a gupfile, for people.
[[nodiscard]] std::string declared_by(const std::string& requirements);

// The pins and their installed versions, for a report.
[[nodiscard]] std::vector<PinState> pin_states(const Gupfile& gupfile, const ObservedVirtualenv& virtualenv);

// The outcome of a connector whose code cannot be followed: skipped if a person chose that, failed for damage.
[[nodiscard]] Outcome blocked_outcome(CodeCondition condition);
// The same for a decision, which may also leave a release in quarantine.
[[nodiscard]] Outcome blocked_outcome(const Decision& decision, CodeCondition condition);

}  // namespace gup

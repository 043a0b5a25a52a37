// SPDX-License-Identifier: Apache-2.0
#include "deploy/deployment.hpp"

#include <utility>

namespace gup {

Outcome outcome_of(DeploymentEnd end) noexcept {
    switch (end) {
        case DeploymentEnd::blocked:
            return Outcome::blocked;
        case DeploymentEnd::rolled_back:
            return Outcome::rolled_back;
        case DeploymentEnd::nothing:
        case DeploymentEnd::committed:
        case DeploymentEnd::failed:
            break;
    }
    return Outcome::failed;
}

Deployment::Deployment(const DeploymentRequest& request, const UpdateSettings& settings, const RunEvents& events)
    : request_(request), observation_(request.observation), settings_(settings), events_(events) {
    generation_.from_commit = observation_.code.commit;
    generation_.commit = request.move ? request.move->to : observation_.code.commit;
    if (request.revision) generation_.commit = request.revision->revision.id;
    result_.virtualenv = request.virtualenv;
}

bool Deployment::stage() {
    Status status = prepare();
    if (status.ok() && request_.stacks && transaction_) status = stage_stacks();
    if (!status.ok()) return fail(std::move(status).error(), DeploymentEnd::failed);
    if (has_change()) return true;
    (void)roll_back_steps();
    end();
    return false;
}

Status Deployment::stage_stacks() {
    stacks_.emplace(StackContext{observation_, request_.gupfile, settings_, events_});
    return stacks_->stage(stack_source(), generation_.id);
}

Status Deployment::commit() {
    GUP_CHECK(record());
    if (stacks_ && !request_.back_to) GUP_CHECK(stacks_->keep_in(generation_.folder));
    GUP_CHECK(transaction_->commit());
    result_.end = DeploymentEnd::committed;
    result_.generation = generation_.id;
    describe();
    if (stacks_) {
        for (std::string& done : stacks_->display_done()) result_.actions.push_back(std::move(done));
        stacks_->finish(generations());
    }
    // The way back needs all that is there.
    if (!request_.back_to) prune();
    end();
    if (!request_.back_to) prune_after_end();
    return {};
}

bool Deployment::activate(const DeploymentHooks& hooks) {
    Status status;
    if (hooks.pre_update) status = hooks.pre_update(generation_);
    if (!status.ok()) return fail(std::move(status).error(), DeploymentEnd::blocked);
    if (hooks.compares && hooks.compares()) keep_code_before();
    status = switch_all();
    if (status.ok() && stacks_) status = stacks_->activate(*transaction_);
    if (!status.ok()) return fail(std::move(status).error(), DeploymentEnd::failed);
    if (hooks.post_update) status = hooks.post_update(generation_);
    if (status.ok()) return true;
    roll_back(std::move(status).error(), DeploymentEnd::rolled_back);
    if (hooks.rolled_back) hooks.rolled_back(generation_);
    end();
    return false;
}

void Deployment::roll_back(Error cause, DeploymentEnd end) {
    if (stacks_) stacks_->stop_new();
    if (auto undone = roll_back_steps(); !undone.ok()) {
        stays_open_ = true;
        cause.message += "; and the rollback is not complete: " + undone.error().message;
        if (cause.hint.empty()) cause.hint = "gup-agent recover";
    }
    if (stacks_) {
        stacks_->bring_back();
        stacks_->drop();
    }
    result_.end = end;
    result_.error = std::move(cause);
    result_.actions.clear();
    result_.virtualenv = request_.virtualenv;
}

Status Deployment::log_restart(const std::string& unit, const std::string& boot_id) {
    return transaction_->log_restart(unit, boot_id);
}

Status Deployment::roll_back_steps() {
    return transaction_ ? transaction_->roll_back() : Status{};
}

void Deployment::end() {
    if (transaction_ && !stays_open_) transaction_->end();
    transaction_.reset();
}

bool Deployment::fail(Error cause, DeploymentEnd how) {
    roll_back(std::move(cause), how);
    end();
    return false;
}

}  // namespace gup

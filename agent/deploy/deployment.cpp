#include "deploy/deployment.hpp"

#include <utility>

namespace gup {

Outcome outcome_of(PairEnd end) noexcept {
    switch (end) {
        case PairEnd::blocked:
            return Outcome::blocked;
        case PairEnd::rolled_back:
            return Outcome::rolled_back;
        case PairEnd::nothing:
        case PairEnd::committed:
        case PairEnd::failed:
            break;
    }
    return Outcome::failed;
}

PairSwitch::PairSwitch(const PairRequest& request, const UpdateSettings& settings, const RunEvents& events)
    : request_(request), observation_(request.observation), settings_(settings), events_(events) {
    pair_.from_commit = observation_.code.commit;
    pair_.commit = request.move ? request.move->to : observation_.code.commit;
    result_.environment = request.environment;
}

bool PairSwitch::switch_over(const PairHooks& hooks) {
    Status status;
    if (hooks.before_switch) status = hooks.before_switch(pair_);
    if (!status.ok()) return fail(std::move(status).error(), PairEnd::blocked);
    status = switch_all();
    if (!status.ok()) return fail(std::move(status).error(), PairEnd::failed);
    if (hooks.after_switch) status = hooks.after_switch(pair_);
    if (status.ok()) return true;
    switch_back(std::move(status).error(), PairEnd::rolled_back);
    if (hooks.switched_back) hooks.switched_back(pair_);
    end();
    return false;
}

void PairSwitch::switch_back(Error cause, PairEnd end) {
    if (auto undone = undo_all(); !undone.ok()) {
        stays_open_ = true;
        cause.message += "; and it could not be undone wholly: " + undone.error().message;
        if (cause.hint.empty()) cause.hint = "gup-agent recover";
    }
    result_.end = end;
    result_.error = std::move(cause);
    result_.actions.clear();
    result_.environment = request_.environment;
}

bool PairSwitch::fail(Error cause, PairEnd how) {
    switch_back(std::move(cause), how);
    end();
    return false;
}

}  // namespace gup

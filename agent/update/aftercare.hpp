// What belongs to an update beside the switch itself: hooks, the restart of the connector's service, its health.
#pragma once

#include "update/observe.hpp"
#include "update/pair_transaction.hpp"
#include "update/settings.hpp"

namespace gup {

// One connector's, for one transaction. Every call as the connector's owner, and in this order.
class Aftercare {
public:
    // `after` is the gupfile that counts once the pair is switched. All of them outlive this object.
    Aftercare(const Observation& observation, const Gupfile& after, const UpdateSettings& settings,
              const RunEvents& events);

    // Sees that the service can be restarted and that the operator's hooks can be run, and runs the pre-update hooks.
    // Where code moves in place, the connector's own is that of the code which is there now: the new one is not there
    // yet. Fails with what is in the way: nothing has changed.
    [[nodiscard]] Status before_switch(const StagedPair& pair);

    // Runs the post-update hooks, restarts the service, and waits until the connector is healthy. Fails with the reason
    // why it has to be taken back; with cancelled when a stop was requested, which says nothing about the release.
    [[nodiscard]] Status after_switch(const StagedPair& pair);

    // The old pair is there again: runs its post-update hooks when after_switch had begun with the new ones, and
    // restarts what after_switch restarted. What fails then goes to the log: the connector may be unstable.
    void switched_back(const StagedPair& pair);

    // The three for switch_pair. They refer to this object.
    [[nodiscard]] PairHooks hooks();

private:
    [[nodiscard]] HookContext context_of(const StagedPair& pair) const;
    [[nodiscard]] Status run_phase(HookPhase phase, const std::string& own, const HookContext& context) const;
    [[nodiscard]] Status restart(OnStop on_stop) const;
    [[nodiscard]] Status watch(const StagedPair& pair) const;

    const Observation& observation_;
    const Gupfile& after_;
    const UpdateSettings& settings_;
    const RunEvents& events_;
    bool ran_post_hooks_ = false;
    bool restarted_ = false;
};

// Whether a release that was rolled back because of `error` is to be quarantined: not when the agent was stopped.
[[nodiscard]] bool is_the_releases_fault(const Error& error);

}  // namespace gup

// A connector's code and virtualenv, moved together: staged, verified and flushed first, then switched under one
// journal. A crash or a failure at any moment leaves the old pair or the new one.
//
//   stage    the new virtualenv is a copy beside the live one, which is never touched (update/environment_stage)
//   (before_switch)
//   switch   the work tree (source/git), then the link at the virtualenv's place, with one rename; where that is still
//   a
//            folder it changes places with a link, and becomes the generation of before
//   (after_switch)
//   record   generation.json; then the journal's commit, from where on it is the new pair
//   prune    generations beyond update.keep
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/generation.hpp"
#include "core/plan.hpp"
#include "update/install.hpp"
#include "update/observe.hpp"
#include "update/settings.hpp"

namespace gup {

enum class CodeChange : std::uint8_t { none, submodules, fast_forward };

struct PairRequest {
    const Observation& observation;
    const Gupfile& gupfile;                  // that counts afterwards
    const ObservedEnvironment& environment;  // as it is before
    CodeChange code = CodeChange::none;
    std::optional<FastForward> move;  // for fast_forward; `to` may also be an ancestor
    std::optional<CreateEnvironment> create;
    std::optional<InstallPins> install;
    std::optional<Generation> back_to;  // nothing is staged: its virtualenv is switched to
};

// What is about to run, for those who take part in the switch.
struct StagedPair {
    std::string generation;   // its id
    fs::path folder;          // <root>/.gup/<name>/<id>
    std::string environment;  // the virtualenv of the pair, by its own path; empty: none
    std::string from_commit;
    std::string commit;
};

// Each may be empty. Called as the connector's owner. `switched_back` after a failed after_switch, when the old pair is
// there again.
struct PairHooks {
    std::function<Status(const StagedPair&)> before_switch;  // fails: blocked, nothing was changed
    std::function<Status(const StagedPair&)> after_switch;   // fails: rolled back
    std::function<void(const StagedPair&)> switched_back;
};

enum class PairEnd : std::uint8_t {
    nothing,  // nothing could be changed, as `failures` say
    committed,
    failed,       // the old pair is there
    blocked,      // the old pair is there, by before_switch
    rolled_back,  // the old pair is there again, by after_switch
};

struct PairResult {
    PairEnd end = PairEnd::nothing;
    std::optional<Error> error;        // of failed, blocked, rolled_back
    std::string generation;            // when committed
    std::optional<Error> stage_error;  // why there is no new virtualenv, although the code may have moved
    std::vector<std::string> actions;  // what the new virtualenv brought; empty unless committed
    std::vector<PinFailure> failures;  // pins that are not satisfied
    ObservedEnvironment environment;   // as it is afterwards, under the path that people know
};

// Only while acting as the connector's owner.
[[nodiscard]] PairResult switch_pair(const PairRequest& request, const UpdateSettings& settings,
                                     const RunEvents& events, const PairHooks& hooks = {});

}  // namespace gup

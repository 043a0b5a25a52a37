// SPDX-License-Identifier: Apache-2.0
// The decision: from what is here, what was fetched, what earlier runs found out and what the operator wishes to what is
// to be done. Pure: values in, a value out. `check` prints the plan, `now` executes it.
#pragma once

#include <optional>
#include <vector>

#include "connector/observe.hpp"
#include "core/plan.hpp"
#include "core/quarantine.hpp"
#include "core/report.hpp"
#include "update/fetch.hpp"

namespace gup {

// The results of earlier runs for a connector.
struct History {
    std::vector<HeldPin> held_back;
    std::vector<QuarantinedRelease> quarantine;
    std::optional<Waiting> waiting;
};

// The operator's choices.
struct Policy {
    bool create_virtualenv = false;  // where a connector with pins has none
    bool prune = false;              // packages that a lock file does not name
};

struct Decision {
    Gupfile gupfile;  // the one that is in force once the plan is executed
    CodeTarget target;
    Plan plan;
    std::vector<HeldPin> held_back;   // pins of this gupfile that are known not to be available, nor satisfied
    std::optional<Error> code_error;  // why it is not known where the upstream is, or why it could not be fetched
    // The release that the plan would lead to, when it was rolled back here before: it is not tried again.
    std::optional<QuarantinedRelease> quarantined;
    std::string settings;              // of the containers, as Release has it
    std::optional<Deferral> deferred;  // why all of it has to wait: the plan has no steps then
    bool defers_code = false;          // what waits is, or may be, new code
    std::string damage;                // as Fetched has it

    // Whether a step of the plan moves the code.
    [[nodiscard]] bool moves_code() const;
};

// Never fails as a whole: what went wrong is in the decision.
[[nodiscard]] Decision decide(const Observation& observation, const Fetched& fetched, const History& history,
                              const Policy& policy);

// The decision once more, for code that stays where it is.
[[nodiscard]] Decision decide_without_move(const Observation& observation, const History& history, const Policy& policy,
                                           Decision decision);

// The decision when all of it has to wait.
[[nodiscard]] Decision put_off(Decision decision, const Deferral& deferral);

}  // namespace gup

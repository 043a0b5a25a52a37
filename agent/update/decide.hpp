// From an observation to the plan: fetches what is missing, classifies, and lets the planner decide. `check` prints
// the outcome, `now` executes it.
#pragma once

#include <optional>
#include <vector>

#include "connector/observe.hpp"
#include "core/held_pins.hpp"
#include "core/plan.hpp"
#include "core/quarantine.hpp"
#include "update/maintenance_window.hpp"

namespace gup {

struct Decision {
    Gupfile gupfile;  // the one that counts once the plan is executed
    CodeTarget target;
    Plan plan;
    std::vector<HeldPin> held_back;   // pins of this gupfile that are known not to be had, and not satisfied either
    std::optional<Error> code_error;  // why it is not known where the upstream stands
    // The upstream's release, when it was taken back here before: it is not tried again, and the code stays.
    std::optional<QuarantinedRelease> quarantined;
};

// in_place brings objects, tags and the tracking ref here; aside uses a temporary repository and leaves this one alone.
enum class FetchMode : std::uint8_t { in_place, aside };

// What earlier runs found out about a connector.
struct History {
    std::vector<HeldPin> held_back;
    std::vector<QuarantinedRelease> quarantine;
    std::optional<Waiting> waiting;
};

// What the plan may take for given.
struct DecisionOptions {
    FetchMode mode = FetchMode::in_place;
    bool create_virtualenv = false;
    History history;
    fs::path state;  // for in_place: where the journal is
};

// Only while acting as the connector's owner. Never fails as a whole: what went wrong stands in the decision.
[[nodiscard]] Decision decide(const Observation& observation, const DecisionOptions& options, const RunEvents& events);

// Brings what the upstream has and is not here yet, for all connectors that need it, several downloads at one time,
// each under its connector's journal. What fails stands in the observation, and decide() does not try it again; what
// `gate` puts off, too.
void fetch_all(std::vector<Observation>& observations, MaintenanceWindow& gate, const UpdateSettings& settings,
               const RunEvents& events);

// The plan once more, for code that stays where it is.
void decide_without_move(const Observation& observation, const DecisionOptions& options, Decision& decision);

}  // namespace gup

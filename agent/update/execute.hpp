// The second half of a run: one connector's plan, executed, and what came of it.
#pragma once

#include "core/report.hpp"
#include "update/decide.hpp"
#include "update/observe.hpp"
#include "update/settings.hpp"

namespace gup {

// Fetches, decides and executes, as the connector's owner. Never fails as a whole: the report says what went wrong.
// Every change is logged when it is made.
[[nodiscard]] ConnectorReport update_connector(const Observation& observation, const Remembered& remembered,
                                               const UpdateSettings& settings, const RunEvents& events);

// A report that says where it is, and no more.
[[nodiscard]] ConnectorReport first_report(const Observation& observation);

// The report of a connector that nothing is done for, because of `error`. What is remembered stays so.
[[nodiscard]] ConnectorReport failed_report(const Observation& observation, const Error& error,
                                            const Remembered& remembered);

// What is pinned and what is installed of it, for a report.
[[nodiscard]] std::vector<PinState> pin_states(const Gupfile& gupfile, const ObservedEnvironment& environment);

// What comes of a connector whose code cannot be followed: skipped when somebody chose that, failed when it is damage.
[[nodiscard]] Outcome blocked_outcome(CodeCondition condition);

}  // namespace gup

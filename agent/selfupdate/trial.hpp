// The first runs of a new agent, and its move to the agent's name.
#pragma once

#include <string>

#include "selfupdate/self_update.hpp"

namespace gup {

// Whether what offered state.trial is still in force: up_to_date, expired or clock_wrong.
[[nodiscard]] ManifestVerdict judge_trial(const SelfUpdateJob& job, const SelfUpdateState& state);

// Counts a start of state.trial, on disk, before it happens. Fails when the count cannot be kept: then it must not be
// started, for a start that is not counted could be repeated for ever.
[[nodiscard]] Status begin_trial(const SelfUpdateJob& job, SelfUpdateState& state);

// That version is not tried again; what was staged is removed.
[[nodiscard]] Status refuse_trial(const SelfUpdateJob& job, SelfUpdateState& state, const std::string& reason);

// For an agent on trial that has finished a run, and for the one after that if it could not be installed then: it takes
// the name. Fails with busy when dpkg is in use, and as files and dpkg do; the agent of the name is whole, old or new.
[[nodiscard]] Status finish_trial(const SelfUpdateJob& job, SelfUpdateState& state);

// At the start of a run: a trial that is over (this agent is that version, or a newer one) is forgotten and what it
// left is removed; a package that was installed half is configured. What was done, for the log; empty: nothing.
[[nodiscard]] Result<std::string> clean_up_trial(const SelfUpdateJob& job, SelfUpdateState& state);

}  // namespace gup

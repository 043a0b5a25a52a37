// SPDX-License-Identifier: Apache-2.0
// A new agent: its download and self-test, its first runs, and its move to the agent's name.
#pragma once

#include <string>

#include "selfupdate/self_update.hpp"

namespace gup {

// Stages the agent of `trial`: nothing is downloaded twice, an interrupted download continues. On success the new agent
// has passed its self-test. Fails with no_space, permission, protocol (size, hash), failed (self-test) and the errors
// of a download. The installed agent is not touched.
[[nodiscard]] Status stage_agent(HttpPool& pool, const SelfUpdateJob& job, const AgentTrial& trial);

// Whether the manifest of state.trial is still in force: up_to_date, expired or clock_wrong.
[[nodiscard]] ManifestVerdict judge_trial(const SelfUpdateJob& job, const SelfUpdateState& state);

// Counts a start of state.trial, on disk, before it happens. Fails when the count cannot be stored: then the agent must
// not be started, because an uncounted start could repeat for ever.
[[nodiscard]] Status begin_trial(const SelfUpdateJob& job, SelfUpdateState& state);

// Refuses that version from now on, and removes the staged files.
[[nodiscard]] Status refuse_trial(const SelfUpdateJob& job, SelfUpdateState& state, const std::string& reason);

// Installs an agent on trial that has finished a run; if that failed, a later run tries again. Fails with busy when
// dpkg is in use, and as files and dpkg do. The installed agent is complete, old or new.
[[nodiscard]] Status finish_trial(const SelfUpdateJob& job, SelfUpdateState& state);

// At the start of a run: forgets a trial that is over (this agent has that version, or a newer one), removes its files,
// and configures a half-installed package. Returns what was done, for the log; empty: nothing.
[[nodiscard]] Result<std::string> clean_up_trial(const SelfUpdateJob& job, SelfUpdateState& state);

}  // namespace gup

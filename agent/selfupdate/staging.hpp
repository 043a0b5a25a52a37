// The download of a new agent, and its self-test.
#pragma once

#include "selfupdate/self_update.hpp"

namespace gup {

// Makes the agent of `trial` ready: nothing is downloaded twice, a download that was cut goes on. When this succeeds
// the new agent has passed its self-test. Fails with no_space, permission, protocol (size, hash), failed (self-test)
// and what a download fails with; the agent that is there is not touched.
[[nodiscard]] Status stage_agent(HttpPool& pool, const SelfUpdateJob& job, const AgentTrial& trial);

}  // namespace gup

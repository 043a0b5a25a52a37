// The download of a new agent, and its self-test.
#pragma once

#include "selfupdate/self_update.hpp"

namespace gup {

// Stages the agent of `trial`: nothing is downloaded twice, an interrupted download continues. On success the new agent
// has passed its self-test. Fails with no_space, permission, protocol (size, hash), failed (self-test) and the errors
// of a download. The installed agent is not touched.
[[nodiscard]] Status stage_agent(HttpPool& pool, const SelfUpdateJob& job, const AgentTrial& trial);

}  // namespace gup

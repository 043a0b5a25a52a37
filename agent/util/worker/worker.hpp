// SPDX-License-Identifier: Apache-2.0
// What a worker knows of its parent. A worker is a process that the agent forked to act as one user (util/worker/supervisor).
// It has no rights but that user's, and asks the agent for everything else.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// True in a worker that acts for an owner; false in the agent itself, and in a process that acts for the agent.
[[nodiscard]] bool in_worker() noexcept;

// A question to the agent, answered by its handler of that name. Waits for the answer; one question at a time, from any
// thread. Fails as the handler does, and with protocol for a question that is too long. Ends this process when the agent is
// gone. Only in a worker.
[[nodiscard]] Result<nlohmann::json> ask_agent(std::string_view what, nlohmann::json with);
// For a question without an answer to look at.
[[nodiscard]] Status ask_agent_to(std::string_view what, nlohmann::json with);
// A message without an answer, such as a line for the log. Only in a worker.
void tell_agent(std::string_view what, nlohmann::json with);

namespace detail {
enum class ActsFor : bool { agent, owner };
// Makes this process a worker, whose channel is `fd`.
void become_worker(UniqueFd fd, ActsFor acts_for);
}  // namespace detail

}  // namespace gup

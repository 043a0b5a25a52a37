// SPDX-License-Identifier: Apache-2.0
#include "util/worker/worker.hpp"

#include <unistd.h>

#include <cstdlib>
#include <mutex>

#include "util/log/log.hpp"
#include "util/worker/channel.hpp"

namespace gup {
namespace {

using nlohmann::json;

struct AgentEnd {
    std::mutex mutex;
    UniqueFd fd;
    MessageReader reader;
};

// Never destroyed: a thread may log until the very end.
AgentEnd* agent_end = nullptr;
bool acts_for_owner = false;

// Without its agent a worker can write no journal, so it must change nothing more, not even back. The kernel ends it, too,
// but only after the agent's sockets are closed.
void end_without_agent() {
    ::_exit(EXIT_FAILURE);
}

}  // namespace

bool in_worker() noexcept {
    return acts_for_owner;
}

Result<json> ask_agent(std::string_view what, json with) {
    const std::scoped_lock lock(agent_end->mutex);
    const Status sent = send_message(agent_end->fd.get(), {{"ask", what}, {"with", std::move(with)}});
    if (!sent.ok() && sent.error().code == ErrorCode::protocol) return sent.error();  // it is too long
    const auto answer = receive_message(agent_end->fd.get(), agent_end->reader);
    if (!sent.ok() || !answer.ok() || !*answer) end_without_agent();
    const json& error = member_of(**answer, "error");
    if (!error.is_null()) return error_from(error);
    return member_of(**answer, "value");
}

Status ask_agent_to(std::string_view what, json with) {
    const auto answer = ask_agent(what, std::move(with));
    return answer.ok() ? Status{} : Status{answer.error()};
}

void tell_agent(std::string_view what, json with) {
    const std::scoped_lock lock(agent_end->mutex);
    (void)send_message(agent_end->fd.get(), {{"tell", what}, {"with", std::move(with)}}).ok();
}

void detail::become_worker(UniqueFd fd, ActsFor acts_for) {
    acts_for_owner = acts_for == ActsFor::owner;
    agent_end = new AgentEnd;
    agent_end->fd = std::move(fd);
    log::forward_to([](log::Level level, std::string_view connector, std::string_view message, log::Reach reach) {
        tell_agent("log", {{"level", static_cast<int>(level)},
                           {"connector", connector},
                           {"message", message},
                           {"file_only", reach == log::Reach::file}});
    });
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// The agent's side of its workers: starts them, answers them, and learns how they end. One thread, so that it can fork at
// any time.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "util/clock.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"
#include "util/worker/channel.hpp"
#include "util/worker/fork.hpp"
#include "util/worker/sandbox.hpp"

namespace gup {

struct WorkerTask {
    Sandbox sandbox{};
    bool is_agents_own = false;                                               // it acts for the agent, and asks nothing
    std::vector<std::string> connectors{};                                    // it may speak about these, and no others
    std::function<Result<nlohmann::json>()> run{};                            // in the worker; the value goes to on_end
    std::function<void(const WorkerTask&, Result<nlohmann::json>)> on_end{};  // in the agent, once
};

// Shorter than the time that the unit gives to a whole run.
inline constexpr Milliseconds most_work{5 * 3'600'000};

// A task for an answer that takes long. It asks nothing. Without a sandbox it acts as the agent.
[[nodiscard]] WorkerTask aside_task(std::function<Result<nlohmann::json>()> run,
                                    const std::optional<Sandbox>& sandbox = std::nullopt);

class Supervisor {
public:
    // Answers a question, or takes a message. Called between two polls, so it must not take long.
    using Handler = std::function<Result<nlohmann::json>(const WorkerTask& worker, const nlohmann::json& with)>;
    // The same for an answer that takes long or runs a program: the task is run in a process of its own, and its result
    // is the answer. Fails: that is the answer.
    using AsideHandler = std::function<Result<WorkerTask>(const WorkerTask& worker, const nlohmann::json& with)>;

    // A worker that takes longer than `longest_work` is ended.
    explicit Supervisor(Milliseconds longest_work = most_work);
    ~Supervisor();
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    void handle(const std::string& what, Handler handler);
    void handle_aside(const std::string& what, AsideHandler handler);

    // Called before each wait for news; returns the longest wait.
    void on_wait(std::function<Milliseconds()> act) { on_wait_ = std::move(act); }

    // Forks a worker, or puts the task off until another one ends when there are `workers_at_once`.
    void start(WorkerTask task);
    // Until all have ended. A stop request (util/sys/signals) goes to all of them, and none is started after it.
    void run();

private:
    struct Worker;
    void launch(WorkerTask task, Worker* asker);
    void start_waiting();
    [[nodiscard]] std::size_t busy_slots() const;
    void wait_for_news();
    void look_after();
    void read_rest(Worker& worker);
    void forward_stop();
    void read_from(Worker& worker);
    void take(Worker& worker, const nlohmann::json& message);
    void answer(Worker& worker, const Result<nlohmann::json>& value);
    void end(Worker& worker);

    std::map<std::string, Handler> handlers_;
    std::map<std::string, AsideHandler> aside_handlers_;
    std::list<std::unique_ptr<Worker>> workers_;
    std::vector<WorkerTask> waiting_;
    std::function<Milliseconds()> on_wait_;
    const Milliseconds longest_work_;
    bool is_stop_forwarded_ = false;
};

}  // namespace gup

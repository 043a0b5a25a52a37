// SPDX-License-Identifier: Apache-2.0
// Self-update for the commands: its messages, and the step from one program to the next.
#pragma once

#include <memory>
#include <string>

#include "app/cli/command_line.hpp"
#include "app/config/config.hpp"
#include "app/output/asking_line.hpp"
#include "selfupdate/self_update.hpp"
#include "selfupdate/trial.hpp"
#include "util/http/remote_pool.hpp"
#include "util/sys/lock.hpp"

namespace gup {

// The result, for people.
struct AgentNews {
    enum class Kind : std::uint8_t { off, up_to_date, available, refused, unreachable };
    Kind kind = Kind::off;
    std::string version;  // the offered version, if any
    std::string message;
    std::string hint;
};

class AgentUpdate {
public:
    AgentUpdate(const CommandLine& line, const Config& config);

    // For the connection pool, so that the line on the terminal tells the time. Valid as long as this.
    [[nodiscard]] WhileWaiting while_waiting();
    // True for a new agent that has not yet finished a run.
    [[nodiscard]] bool on_trial() const;
    // Only asks; changes nothing.
    [[nodiscard]] AgentNews look(HttpPool& pool);
    // Runs a self-update and logs it. When a new agent is staged, this process executes it and the call does not
    // return. Does nothing for an agent that another one has just started. Only under the lock.
    AgentNews update(HttpPool& pool, FileLock& lock);
    // Installs an agent on trial that has finished a run. Logged.
    [[nodiscard]] Status finish_trial();

private:
    void show_progress();
    void hide_progress();
    AgentNews update_itself(HttpPool& pool, FileLock& lock);
    AgentNews refresh(HttpPool& pool);
    AgentNews refuse(const Error& error) const;
    void take_turn(HttpPool& pool, FileLock& lock, AgentNews& news);
    [[nodiscard]] Result<fs::path> next_agent(HttpPool& pool);
    [[nodiscard]] Error become(const fs::path& program, FileLock& lock);

    const CommandLine& line_;
    std::unique_ptr<AskingLine> shown_;  // the line on the terminal, during update()
    RunEvents events_;                   // of that line
    SelfUpdateJob job_;
    SelfUpdateState state_;
    bool trial_waits_ = false;  // the manifest has expired, or this is unknown
    bool unsettled_ = false;    // this agent runs, but dpkg has not finished installing it
};

}  // namespace gup

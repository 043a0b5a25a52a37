// The agent's update of itself, around the commands: what is said of it, and the step from one program to the next.
#pragma once

#include <string>

#include "app/config/command_line.hpp"
#include "app/config/config.hpp"
#include "selfupdate/self_update.hpp"
#include "selfupdate/trial.hpp"
#include "util/sys/lock.hpp"

namespace gup {

// What came of it, for people.
struct AgentNews {
    enum class Kind : std::uint8_t { off, up_to_date, available, refused, unreachable };
    Kind kind = Kind::off;
    std::string version;  // that is offered, when there is one
    std::string message;
    std::string hint;
};

class AgentUpdate {
public:
    AgentUpdate(const CommandLine& line, const Config& config);

    // Whether this is a new agent that has yet to finish a run.
    [[nodiscard]] bool on_trial() const;
    // Only asks; changes nothing.
    [[nodiscard]] AgentNews look(HttpPool& pool);
    // Does what there is to do and writes it to the log; when a new agent is ready, this program becomes it and the
    // call does not return. It does nothing for an agent that has just been started by another. Only under the lock.
    AgentNews update(HttpPool& pool, FileLock& lock);
    // For an agent on trial that has finished a run: it takes the name. Said in the log.
    [[nodiscard]] Status finish_trial();

private:
    AgentNews refresh(HttpPool& pool);
    AgentNews refuse(const Error& error) const;
    void take_turn(HttpPool& pool, FileLock& lock, AgentNews& news);
    [[nodiscard]] Result<fs::path> next_agent(HttpPool& pool);
    [[nodiscard]] Error become(const fs::path& program, FileLock& lock);

    const CommandLine& line_;
    SelfUpdateJob job_;
    SelfUpdateState state_;
    bool trial_waits_ = false;  // the manifest has expired, or nobody can tell
    bool unsettled_ = false;    // this agent runs, but dpkg has not finished installing it
};

}  // namespace gup

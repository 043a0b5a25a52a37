// The agent that stays: it waits for the next time of its schedules, and begins a run then. It has one thread and never
// works on a connector itself.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "app/command/commands.hpp"
#include "app/config/schedules.hpp"
#include "host/service_notify.hpp"
#include "update/agenda.hpp"
#include "util/sys/file.hpp"
#include "util/sys/lock.hpp"

namespace gup {

class Daemon {
public:
    // `lock` says that there is a daemon, for as long as it lives.
    [[nodiscard]] static Result<Daemon> make(const CommandLine& line, Config config, const ConfigLoader& load,
                                             FileLock lock);
    // Until SIGTERM or SIGINT, and the end of the run that is under way then. SIGHUP reads the configuration again and
    // keeps the one before when it is wrong, SIGUSR1 begins a run at once.
    [[nodiscard]] ExitCode run();

private:
    // A run is a child of this process that has its memory, and so its configuration.
    struct Run {
        pid_t pid = -1;
        DueRun what;
        Milliseconds end_by{0};  // monotonic; then it is asked to end, and later made to
        bool asked_to_end = false;
    };

    Daemon(const CommandLine& line, Config config, const ConfigLoader& load, Agenda agenda, FileLock lock);

    void set_timer();
    [[nodiscard]] int patience() const;
    void read_timer();
    void read_signals();
    void watch_over_run();
    void begin_what_is_due();
    void begin_run(const DueRun& what, Command command);
    [[noreturn]] void become_run(const DueRun& what, Command command);
    void reap();
    void finish_run(const Run& run, int status);
    void stop();
    void reload();
    void become_successor();
    void show_status(std::string_view prefix);

    const CommandLine& line_;
    Config config_;
    const ConfigLoader& load_;
    Agenda agenda_;
    FileLock lock_;
    ServiceNotifier manager_;
    UniqueFd timer_;
    UniqueFd signals_;
    std::optional<Run> run_;
    std::optional<Milliseconds> next_sign_of_life_;
    bool stopping_ = false;
    std::optional<Command> at_once_;  // besides what is due
};

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// The resident agent: it waits for the next scheduled time and then starts a run. It has one thread and never works on
// a connector itself.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "app/command/commands.hpp"
#include "app/config/config.hpp"
#include "host/service_notify.hpp"
#include "update/agenda.hpp"
#include "util/sys/file.hpp"
#include "util/sys/lock.hpp"

namespace gup {

class Daemon {
public:
    // `lock` shows that a daemon runs, for its whole life.
    [[nodiscard]] static Result<Daemon> make(const CommandLine& line, Config config, const ConfigLoader& load,
                                             FileLock lock);
    // Runs until SIGTERM or SIGINT, and until the end of the active run. SIGHUP reads the configuration again; a wrong
    // one is refused. SIGUSR1 starts a run at once.
    [[nodiscard]] ExitCode run();

private:
    // A run is a child of this process with a copy of its memory, and so of its configuration.
    struct Run {
        pid_t pid = -1;
        DueRun what;
        Milliseconds end_by{0};  // monotonic; then it is asked to end, and later killed
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
    [[nodiscard]] std::string next_run();
    void tell_person();
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

// Ends with SIGTERM or SIGINT. Reads the configuration again with `load` on request. The daemon of deploy also runs at
// once.
[[nodiscard]] ExitCode daemon_command(const CommandLine& line, Config config, const ConfigLoader& load);

}  // namespace gup

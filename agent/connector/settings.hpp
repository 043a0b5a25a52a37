// SPDX-License-Identifier: Apache-2.0
// The settings of a run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/declaration/declared_connector.hpp"
#include "core/declaration/requirement.hpp"
#include "core/declaration/update_window.hpp"
#include "core/report.hpp"
#include "core/stack/stack_settings.hpp"
#include "host/hooks.hpp"
#include "host/podman/podman.hpp"
#include "host/reboot.hpp"
#include "host/units/services.hpp"
#include "python/installer/installer.hpp"
#include "source/git/repository.hpp"
#include "util/clock.hpp"
#include "util/http/http.hpp"
#include "util/http/network_access.hpp"
#include "util/sys/file.hpp"

namespace gup {

// The places of the connectors.
struct ScanSettings {
    fs::path root;
    fs::path agent_folder;                              // ignored if it is in root; may be empty
    std::vector<DeclaredConnector> declared;            // in addition to those that are found in root
    std::map<std::string, std::string> requirements{};  // the operator's choice of a file, by connector
    InstallerSettings installer{};                      // home is filled in per connector
    RequirementRules rules{};                           // of the operator, for all declarations
    std::map<std::string, StackSettings> stacks{};      // the operator's, by connector
};

// How they are observed, and their remotes asked.
struct ObserveSettings : ScanSettings {
    std::size_t parallel = 8;        // connectors at once
    NetworkAccess network;           // of all requests and downloads of sources
    Milliseconds patience{120'000};  // so long the first connectors wait for answers and downloads of others
};

// The agent's own files.
struct StateSettings {
    fs::path state;            // journal, lock, status.json
    fs::path log;              // gup.log, which tells when it last ran; may be empty
    std::int64_t built = 0;    // when this agent was made, seconds since the epoch: before that, the clock is wrong
    std::string started_by{};  // for the history: "schedule", "daemon", or the user who called the agent
};

// When a connector may be changed.
struct WindowSettings {
    bool is_scheduled = false;  // started by cron, timer or daemon: held pins and maintenance windows are honoured
    std::string time_zone;      // of the windows; empty: the machine's
    std::map<std::string, UpdateWindow> windows;  // the operator's, instead of those of the gupfiles
};

// Retries of releases that were rolled back.
struct RetrySettings {
    bool retry_quarantined = false;  // those of the connectors named on the command line
    bool retry_rolled_back = false;  // retry those of all connectors, in every run
};

// How a new generation is made.
struct StageSettings {
    CloneOptions clone;  // of new connectors
    bool create_virtualenv = true;
    std::string interpreter = "python3";
    std::size_t keep = 2;                     // generations of each connector
    std::uint64_t disk_reserve = 32U << 20U;  // bytes that must stay free
};

// How it is switched to, and seen running.
struct ActivateSettings {
    HookSettings hooks;
    Systemd systemd;
    Podman podman;
    HttpPool* health_http = nullptr;        // for [health] http; outlives the run
    Milliseconds health_at_most{900'000};   // the longest window of a health check
    RebootWish reboot = RebootWish::never;  // the reboot after this run; never for a rollback, `now` and others
};

// The processes that work for the owners of connectors.
struct WorkerSettings {
    std::vector<fs::path> writable;  // folders that they may write to, besides root, homes and temporary ones
};

// All of a run. A function takes the part that it needs.
struct UpdateSettings : ObserveSettings,
                        StateSettings,
                        WindowSettings,
                        RetrySettings,
                        StageSettings,
                        ActivateSettings,
                        WorkerSettings {
    // Starts the network of a worker, and puts it into the worker's settings; its end is the end of the value. Empty: the
    // settings have their network.
    std::function<Result<std::shared_ptr<void>>(UpdateSettings& own)> connect;
    bool quiet_noop = false;  // a run of all connectors without changes and findings writes no line to the log
};

// The work on a connector at this moment.
struct Activity {
    std::string what;        // "fetching"; empty: nothing is to be done so far
    std::uint64_t bytes{0};  // of this step, received so far
    Milliseconds wait{0};    // not 0: what follows begins after that time ("no answer, try 2 of 4")
};

// The texts of `what` that others ask for.
inline constexpr const char* asking_remote = "asking its remote";
inline constexpr const char* waiting_for_turn = "waiting for its turn";

// Progress callbacks; each may be empty. `activity` is called from several threads, in a worker.
struct RunEvents {
    std::function<void(const std::vector<std::string>& connectors)> started;
    std::function<void(const std::string& connector, const Activity& activity)> activity;
    std::function<void(const ConnectorReport& report)> finished;
    // Called often while the agent waits for its workers: for a display that changes with time. Returns how long it may
    // take until the next call.
    std::function<Milliseconds()> tick;

    void tell(const std::string& connector, const Activity& what) const {
        if (activity) activity(connector, what);
    }
    void tell(const std::string& connector, std::string what) const {
        tell(connector, Activity{std::move(what), 0, Milliseconds{0}});
    }
};

}  // namespace gup

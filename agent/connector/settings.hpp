// What a run needs to know beyond what it finds on the gateway.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/declaration/declared_connector.hpp"
#include "core/declaration/update_window.hpp"
#include "core/report.hpp"
#include "host/hooks.hpp"
#include "host/reboot.hpp"
#include "host/services.hpp"
#include "python/installer/installer.hpp"
#include "source/git/repository.hpp"
#include "util/http/http.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct UpdateSettings {
    fs::path root;
    fs::path state;                           // the agent's own: journal, lock, status.json
    fs::path log;                             // the agent's own gup.log, which tells when it last ran; may be empty
    fs::path agent_folder;                    // passed over when it lies in root; may be empty
    std::vector<DeclaredConnector> declared;  // besides those that are found in root
    std::size_t parallel = 8;                 // connectors observed, and remotes asked, at once
    CloneOptions clone;                       // of new connectors
    bool quiet_noop = false;  // a run of all connectors that changed and found nothing leaves no line in the log
    bool create_virtualenv = false;
    std::string interpreter = "python3";
    std::size_t keep = 2;                     // generations of each connector
    std::uint64_t disk_reserve = 32U << 20U;  // bytes that an update leaves free
    bool retry_quarantined = false;           // releases that were rolled back, of connectors that somebody named
    bool retry_rolled_back = false;           // those of all connectors, by every run
    RebootWish reboot = RebootWish::never;    // what follows this run; a rollback, `now` and others have none
    bool is_scheduled =
        false;              // nobody asked for this run: what was held back stays so, and updates wait for their time
    std::string time_zone;  // of update windows; empty: the machine's
    std::map<std::string, UpdateWindow> windows;  // of connectors, over those of their gupfiles
    HookSettings hooks;
    Systemd systemd;
    HttpPool* health_http = nullptr;  // for [health] http; outlives the run
    InstallerSettings installer;      // home is filled in per connector
};

// Who wants to watch. Each may be empty; activity comes from several threads.
struct RunEvents {
    std::function<void(const std::vector<std::string>& connectors)> started;
    std::function<void(const std::string& connector, const std::string& activity)> activity;
    std::function<void(const ConnectorReport& report)> finished;

    void tell(const std::string& connector, const std::string& what) const {
        if (activity) activity(connector, what);
    }
};

}  // namespace gup

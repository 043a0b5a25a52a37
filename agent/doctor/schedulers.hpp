// What starts the nightly run: cron's tables, the systemd timer and the daemon.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "doctor/gateway_findings.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct SchedulerPlaces {
    fs::path cron_folder = "/etc/cron.d";
    fs::path crontab = "/etc/crontab";
    fs::path spool = "/var/spool/cron/crontabs";
    fs::path units = "/etc/systemd/system";    // what is enabled has links there
    fs::path systemd = "/run/systemd/system";  // is there when systemd runs the machine
    fs::path proc = "/proc";
    fs::path daemon_lock = {};  // that the daemon holds; empty: it is not looked for
};

// Everything that starts `gup-agent run` (or now, or daemon), or the bash script that it replaces. Reads files; where
// the crontabs of others cannot be read it asks `crontab -l` for the own one.
[[nodiscard]] SchedulerFacts find_schedulers(const SchedulerPlaces& places = {});

// The lines of one table that start either of them. `place` is for messages.
[[nodiscard]] std::vector<Scheduler> read_crontab(std::string_view text, const std::string& place);

}  // namespace gup

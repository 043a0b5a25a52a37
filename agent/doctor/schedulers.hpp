// SPDX-License-Identifier: Apache-2.0
// The schedulers of the nightly run: cron's tables, the systemd timer and the daemon.
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
    fs::path units = "/etc/systemd/system";    // enabled units have links there
    fs::path systemd = "/run/systemd/system";  // exists if systemd runs the machine
    fs::path proc = "/proc";
    std::vector<fs::path> unit_files{"/usr/lib/systemd/system", "/lib/systemd/system"};  // units of packages
    fs::path daemon_lock = {};  // the daemon's lock; empty: not checked
};

// Finds everything that starts `gup-agent run` (or now, or daemon), or the old bash script. Reads files; if the
// crontabs of others cannot be read, it calls `crontab -l` for its own.
[[nodiscard]] SchedulerFacts find_schedulers(const SchedulerPlaces& places = {});

// The lines of one table that start one of them. `place` is for messages.
[[nodiscard]] std::vector<Scheduler> read_crontab(std::string_view text, const std::string& place);

}  // namespace gup

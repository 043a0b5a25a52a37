// SPDX-License-Identifier: Apache-2.0
// `status` without names: a line for each connector, with a header and a footer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/look/overview.hpp"
#include "app/output/table.hpp"
#include "util/clock.hpp"
#include "util/time_zone.hpp"

namespace gup {

// The way it is shown.
struct Sheet {
    std::size_t columns = 0;  // of the terminal; 0: none
    bool colour = false;
    UnixTime now = 0;
    const TimeZone& zone;
    std::string window_zone;  // of maintenance windows; empty: the machine's
};

[[nodiscard]] std::string status_table(const Overview& overview, const Sheet& sheet);
// "gateway pi-17 · /srv/connectors · gup-agent 0.1.0 · next run tonight 02:01 (timer)", and the running run.
[[nodiscard]] std::string header_text(const Overview& overview, const Sheet& sheet);
// The reboot that is asked for, the lost run, and what this user may not see; a line each, may be empty.
[[nodiscard]] std::string remarks_text(const Overview& overview, const Sheet& sheet);
// "the run of 22:28 (12.8 s): 3 unchanged".
[[nodiscard]] std::string last_run_text(const Overview& overview, const Sheet& sheet);

[[nodiscard]] std::string time_or_never(UnixTime time);
[[nodiscard]] Tone tone_of_state(const std::string& state);

// The next opening of the window that an update waits for; nullopt if it waits for something else.
[[nodiscard]] std::optional<UnixTime> opening_of(const Waiting& waiting, const std::string& window_zone, UnixTime now);
// What a person should know beyond the detail: since when an update waits, and what is in quarantine; a line each.
[[nodiscard]] std::vector<std::string> notes_on(const ConnectorReport& report, const Sheet& sheet);

}  // namespace gup

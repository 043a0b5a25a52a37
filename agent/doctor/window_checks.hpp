// What `doctor` looks at in update windows: whether a run ever begins while one is open.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/declaration/update_window.hpp"
#include "doctor/gateway_findings.hpp"
#include "update/agenda.hpp"

namespace gup {

struct WindowQuestions {
    std::string time_zone;  // of windows and of the daemon's schedules; empty: the machine's
    const std::vector<Schedule>& schedules;
    UnixTime longest_delay = 0;  // of a run, in seconds
};

// A finding for each connector's window that no run of `schedulers` meets. Nothing where it cannot be told when they
// start runs: none is found, or a timer of systemd is among them.
void check_windows(const std::map<std::string, UpdateWindow>& windows, const WindowQuestions& questions,
                   const SchedulerFacts& schedulers, Diagnosis& diagnosis);

}  // namespace gup

// The checks of `doctor` for update windows: whether a run ever starts in an open window.
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

// A finding for each window in which no run of `schedulers` starts. No findings if their times are unknown: none is
// found, or one is a systemd timer.
void check_windows(const std::map<std::string, UpdateWindow>& windows, const WindowQuestions& questions,
                   const SchedulerFacts& schedulers, Diagnosis& diagnosis);

}  // namespace gup

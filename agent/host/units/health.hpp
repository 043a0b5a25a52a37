// SPDX-License-Identifier: Apache-2.0
// Checks that a connector runs: [health] of its gupfile, and its service stays active.
#pragma once

#include <string>

#include "core/declaration/gupfile.hpp"
#include "host/owner.hpp"
#include "host/units/services.hpp"
#include "util/http/http.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct HealthSubject {
    std::string connector;
    fs::path folder;      // the connector's folder: the working folder of the command
    fs::path virtualenv;  // its virtualenv, first in the command's $PATH; empty: none
    Owner owner;          // the process acts as it
    HealthCheck check;
    std::string service;       // a unit's full name; empty: none
    bool was_up = true;        // whether that service ran before the update
    HttpPool* http = nullptr;  // for check.http
};

// True if there is anything to check.
[[nodiscard]] bool has_health_check(const HealthSubject& subject);

// Checks until everything succeeds, at most for `check.within`:
// - the command ends with 0, and the URL answers 2xx (redirects are not followed): each is tried every `check.every`,
//   for at most `check.timeout`, until it succeeds once;
// - the service is active at the end of the window, and was neither restarted nor ended since the first check. A
//   service that ends once is unhealthy at once; a stable one takes the whole window.
// - a job (see has_ended_well) may also end with success, or still work at the end of the window;
// - a service that systemd skips, because a condition of its unit is not met, is healthy if it did not run before.
// Without anything to check it is healthy at once. Each try leaves a line in the debug log. Fails with failed (not
// healthy: the message is the reason, for people) or cancelled (a stop was requested: nothing is known).
[[nodiscard]] Status check_health(const HealthSubject& subject, const Systemd& systemd = {});

}  // namespace gup

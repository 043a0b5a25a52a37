// Whether a connector runs: what its gupfile says under [health], and that its service stays active.
#pragma once

#include <string>

#include "core/declaration/gupfile.hpp"
#include "host/owner.hpp"
#include "host/services.hpp"
#include "util/http/http.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct HealthSubject {
    std::string connector;
    fs::path folder;      // the connector's: the command works there
    fs::path virtualenv;  // its virtualenv, whose programs the command finds first; empty: none
    Owner owner;          // the calling thread acts as it
    HealthCheck check;
    std::string service;       // a unit's full name; empty: none
    HttpPool* http = nullptr;  // for check.http
};

// Whether there is anything to look at.
[[nodiscard]] bool has_health_check(const HealthSubject& subject);

// Looks until all of it holds, at most `check.within`:
// - the command ends with 0, and the URL answers 2xx (redirects are not followed): each is tried every `check.every`,
//   at most `check.timeout` a time, until it did so once;
// - the service is active at the end of the window, and from the first look on it was neither restarted nor ended: a
//   service that dies once is unhealthy at once, one that does not die takes the whole window.
// Without anything to look at it is healthy at once. Each look leaves a line in the debug log. Fails with failed (not
// healthy: the message is the reason, for people) or cancelled (a stop was requested: nothing is known).
[[nodiscard]] Status check_health(const HealthSubject& subject, const Systemd& systemd = {});

}  // namespace gup

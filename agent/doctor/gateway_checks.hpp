// What `doctor` looks at in the gateway itself. Changes nothing on disk, takes no lock.
#pragma once

#include <string>
#include <vector>

#include "connector/settings.hpp"
#include "doctor/connector_checks.hpp"
#include "doctor/findings.hpp"
#include "update/agenda.hpp"
#include "util/http/http.hpp"

namespace gup {

// What is asked about beyond the job itself.
struct GatewayQuestions {
    std::int64_t built = 0;  // seconds since the epoch; 0: unknown
    std::string build;       // what this program was built for: "armhf"
    fs::path executable;
    fs::path config_file;        // empty: there is none
    fs::path ca_file;            // the configuration's; empty: not set
    std::uint64_t log_size = 0;  // what the log may grow to until it is rotated
    bool wants_self_update = false;
    bool wants_reboot = false;
    std::string reboot_program;
    std::vector<Schedule> schedules;  // of the daemon
    UnixTime longest_delay = 0;       // of a run, in seconds
};

// Everything but the connectors. `http`: for the time of one of survey.http_servers.
void check_gateway(const UpdateSettings& settings, const GatewayQuestions& questions, ConnectorSurvey survey,
                   HttpPool& http, Diagnosis& diagnosis);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// The checks of `doctor` for the gateway. Changes nothing on disk, takes no lock.
#pragma once

#include <string>
#include <vector>

#include "connector/settings.hpp"
#include "doctor/connector_checks.hpp"
#include "doctor/findings.hpp"
#include "update/agenda.hpp"
#include "util/http/http.hpp"

namespace gup {

// Facts beyond the job itself.
struct GatewayQuestions {
    std::int64_t built = 0;  // seconds since the epoch; 0: unknown
    std::string build;       // this program's target: "armhf"
    fs::path executable;
    fs::path config_file;        // empty: there is none
    fs::path ca_file;            // the configuration's; empty: not set
    std::uint64_t log_size = 0;  // the log's size limit before it is rotated
    bool wants_self_update = false;
    bool wants_reboot = false;
    std::string reboot_program;
    std::vector<Schedule> schedules;  // of the daemon
    UnixTime longest_delay = 0;       // of a run, in seconds
};

// Checks everything but the connectors. `http`: to ask one of survey.http_servers for its time.
void check_gateway(const UpdateSettings& settings, const GatewayQuestions& questions, ConnectorSurvey survey,
                   HttpPool& http, Diagnosis& diagnosis);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// The checks of `doctor` for connectors: everything that observe() sees, the owner's write access, and the disk space
// of an update. Changes nothing on disk.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "connector/scan.hpp"
#include "connector/settings.hpp"
#include "core/declaration/update_window.hpp"
#include "doctor/connector_findings.hpp"
#include "doctor/findings.hpp"
#include "status/status_document.hpp"
#include "util/result.hpp"

namespace gup {

// The need of an update in a folder.
struct SpaceNeed {
    fs::path place;
    std::string use;  // "virtualenvs", "repositories", "temporary files", "state", "log"
    std::uint64_t bytes = 0;
    std::uint64_t files = 0;
};

struct ConnectorSurvey {
    std::vector<std::string> http_servers;  // "https://host:port/" of the remotes, each once
    bool all_https_answered = true;         // every https remote answered
    bool any_https = false;
    std::map<std::string, UpdateWindow> windows;  // of connectors with limited update times
    std::vector<SpaceNeed> needs;                 // the largest need of each folder
};

// What is found out in the worker of one owner.
struct ConnectorDiagnosis {
    Diagnosis diagnosis;
    ConnectorSurvey survey;
    std::vector<RemoteAnswer> answers;
};
[[nodiscard]] ConnectorDiagnosis examine_connectors(const std::vector<Connector>& connectors,
                                                    const StatusDocument& status, const UpdateSettings& settings,
                                                    const RunEvents& events);

}  // namespace gup

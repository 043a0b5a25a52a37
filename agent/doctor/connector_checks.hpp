// What `doctor` looks at in the connectors: everything that observe() sees, whether the owner can write where an update
// writes, and how much space it would take. Changes nothing on disk.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "connector/settings.hpp"
#include "core/declaration/update_window.hpp"
#include "doctor/findings.hpp"
#include "util/result.hpp"

namespace gup {

// What an update would put into a folder.
struct SpaceNeed {
    fs::path place;
    std::string use;  // "virtualenvs", "repositories", "temporary files", "state", "log"
    std::uint64_t bytes = 0;
    std::uint64_t files = 0;
};

struct ConnectorSurvey {
    std::vector<std::string> http_servers;  // "https://host:port/" of the remotes, each once
    bool all_https_answered = true;         // no https remote was without an answer
    bool any_https = false;
    std::map<std::string, UpdateWindow> windows;  // of connectors that may not be changed at any time
    std::vector<SpaceNeed> needs;                 // connectors are updated one after another: the largest of each place
};

// The named connectors (all when empty). Needs git_initialize. Fails with invalid_input for a name that is not there; a
// root that cannot be read is a finding.
[[nodiscard]] Result<ConnectorSurvey> check_connectors(const UpdateSettings& settings,
                                                       const std::vector<std::string>& names, Diagnosis& diagnosis);

}  // namespace gup

// The checks of `doctor` for connectors: everything that observe() sees, the owner's write access, and the disk space
// of an update. Changes nothing on disk.
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

// The named connectors (all when empty). Needs git_initialize. Fails with invalid_input for an unknown name; an
// unreadable root is a finding.
[[nodiscard]] Result<ConnectorSurvey> check_connectors(const UpdateSettings& settings,
                                                       const std::vector<std::string>& names, Diagnosis& diagnosis);

}  // namespace gup

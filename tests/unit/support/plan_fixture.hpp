// SPDX-License-Identifier: Apache-2.0
// Observed states and pins for the tests of the plan and of drift.
#pragma once

#include <string>
#include <vector>

#include "core/plan.hpp"

namespace gup {

inline const std::string here = "1a2b3c4d00000000000000000000000000000000";
inline const std::string there = "e9b167fa00000000000000000000000000000000";

inline ObservedCode ready_code() {
    ObservedCode code;
    code.commit = here;
    code.branch = "main";
    code.remote = "origin";
    code.upstream_ref = "refs/heads/main";
    code.tracking_ref = "refs/remotes/origin/main";
    return code;
}

inline CodeTarget target(Relation relation, const std::string& commit = there) {
    CodeTarget made;
    made.relation = relation;
    made.commit = commit;
    return made;
}

inline Gupfile pinned(std::vector<Requirement> pins) {
    Gupfile gupfile;
    gupfile.pins = std::move(pins);
    return gupfile;
}

inline Distribution installed(std::string name, std::string version) {
    Distribution distribution;
    distribution.name = std::move(name);
    distribution.version = std::move(version);
    return distribution;
}

inline ObservedVirtualenv virtualenv(std::vector<Distribution> distributions) {
    ObservedVirtualenv made;
    made.present = true;
    made.path = "/srv/.pyenv/meter";
    made.distributions = std::move(distributions);
    return made;
}

inline const Requirement paho{"paho-mqtt", "1.3.1", "", 1};
inline const Requirement library{"client-connector-lib", "5.0.0", "git+https://bob:hunter2@github.com/Org/lib.git", 2};

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// One service of the merged model.
#pragma once

#include <string>
#include <vector>

#include "core/compose/reading.hpp"

namespace gup::compose {

struct Link {
    yaml::Mark mark;
    std::string service;
    std::string alias;  // empty: only the service's name
};

struct ReadService {
    Service service;
    std::vector<Link> links;
};

// What the service needs of other ones is not checked.
[[nodiscard]] ReadService read_service(const yaml::Entry& entry, Reading& reading);

// False for a service of profiles that are all not chosen.
[[nodiscard]] bool is_enabled(const yaml::Node& service, Reading& reading);

// For a service that is not enabled.
void check_service_keys(const yaml::Entry& entry, Reading& reading);

}  // namespace gup::compose

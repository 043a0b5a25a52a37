// SPDX-License-Identifier: Apache-2.0
// What the services of a project need of each other, and of its networks, volumes, secrets and configs.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/compose/service.hpp"

namespace gup::compose {

struct Services {
    std::vector<ReadService> enabled;  // sorted by name
    std::set<std::string> disabled;    // by their profiles
};

// Dependencies of links, shared namespaces and other stacks; all that is named must be there. Circles are refused.
void resolve_services(Services& services, Reading& reading);

// Networks, volumes, secrets and configs that a service uses, from the merged model into the project. `project` has its
// services.
void resolve_resources(const yaml::Node& root, Project& project, Reading& reading);

}  // namespace gup::compose

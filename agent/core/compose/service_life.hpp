// SPDX-License-Identifier: Apache-2.0
// What a service waits for, its health, and what runs in it at its start and end.
#pragma once

#include "core/compose/reading.hpp"

namespace gup::compose {

// Whether the services exist is not checked.
void read_depends_on(const yaml::Node& node, Service& service, Reading& reading);
void read_healthcheck(const yaml::Node& node, Service& service, Reading& reading);
void read_hooks(const yaml::Node& node, std::string_view what, std::vector<std::vector<std::string>>& commands,
                Reading& reading);
void read_logging(const yaml::Node& node, Service& service, Reading& reading);
void read_build(const yaml::Node& node, Service& service, Reading& reading);

// Adds one, unless the service is waited for already.
void add_dependency(Service& service, Dependency dependency);

}  // namespace gup::compose

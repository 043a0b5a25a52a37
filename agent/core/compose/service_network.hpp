// SPDX-License-Identifier: Apache-2.0
// Ports and networks of a service.
#pragma once

#include "core/compose/reading.hpp"

namespace gup::compose {

void read_ports(const yaml::Node& node, Service& service, Reading& reading);
void read_networks(const yaml::Node& node, Service& service, Reading& reading);
void read_network_mode(const yaml::Node& node, Service& service, Reading& reading);
// "name:address" each.
void read_extra_hosts(const yaml::Node& node, Service& service, Reading& reading);

}  // namespace gup::compose

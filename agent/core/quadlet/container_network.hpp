// SPDX-License-Identifier: Apache-2.0
// Networks, ports and names of a container.
#pragma once

#include "core/quadlet/container_sheet.hpp"

namespace gup::quadlet {

void add_networks(ContainerSheet& sheet);
void add_ports(ContainerSheet& sheet);
void add_names(ContainerSheet& sheet);

// "container:gw-db" for "service:db", with the order of the two units; `mode` as it is for anything else.
[[nodiscard]] std::string namespace_of(ContainerSheet& sheet, const std::string& mode);

}  // namespace gup::quadlet

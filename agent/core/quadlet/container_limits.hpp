// SPDX-License-Identifier: Apache-2.0
// Rights, devices, namespaces and limits of a container.
#pragma once

#include "core/quadlet/container_sheet.hpp"

namespace gup::quadlet {

void add_rights(ContainerSheet& sheet);
void add_devices(ContainerSheet& sheet);
void add_namespaces(ContainerSheet& sheet);
void add_limits(ContainerSheet& sheet);

}  // namespace gup::quadlet

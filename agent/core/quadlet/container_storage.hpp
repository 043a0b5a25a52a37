// SPDX-License-Identifier: Apache-2.0
// Volumes, bind mounts, tmpfs and configs of a container.
#pragma once

#include "core/quadlet/container_sheet.hpp"

namespace gup::quadlet {

void add_mounts(ContainerSheet& sheet);
void add_configs(ContainerSheet& sheet);

}  // namespace gup::quadlet

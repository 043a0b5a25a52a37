// SPDX-License-Identifier: Apache-2.0
// Image, command, environment, labels and secrets of a container.
#pragma once

#include "core/quadlet/container_sheet.hpp"

namespace gup::quadlet {

// The image, as the unit names it.
std::string add_image(ContainerSheet& sheet);
void add_process(ContainerSheet& sheet);
void add_environment(ContainerSheet& sheet);
void add_labels(ContainerSheet& sheet);
void add_secrets(ContainerSheet& sheet);
void add_logging(ContainerSheet& sheet);

}  // namespace gup::quadlet

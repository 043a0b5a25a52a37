// SPDX-License-Identifier: Apache-2.0
// Devices of a service.
#pragma once

#include "core/compose/reading.hpp"

namespace gup::compose {

void read_devices(const yaml::Node& node, Service& service, Reading& reading);
// gpus, and deploy.resources.reservations.devices.
void read_gpus(const yaml::Node& node, Service& service, Reading& reading);

}  // namespace gup::compose

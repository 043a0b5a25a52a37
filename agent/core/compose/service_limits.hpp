// SPDX-License-Identifier: Apache-2.0
// Memory, processors, block devices of a service; deploy.
#pragma once

#include "core/compose/reading.hpp"

namespace gup::compose {

void read_ulimits(const yaml::Node& node, Service& service, Reading& reading);
void read_blkio(const yaml::Node& node, Service& service, Reading& reading);
void read_deploy(const yaml::Node& node, Service& service, Reading& reading);
// "no", "always", "on-failure:3", "unless-stopped".
void read_restart(const yaml::Node& node, Service& service, Reading& reading);

// "0.5"; empty: no limit.
[[nodiscard]] std::string cpus_in(const yaml::Node& node, Findings& findings);

// How many containers `scale` and deploy.replicas ask for; 1 if they do not say.
[[nodiscard]] std::int64_t replicas_of(const yaml::Node& service, Findings& findings);

}  // namespace gup::compose

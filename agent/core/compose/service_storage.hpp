// SPDX-License-Identifier: Apache-2.0
// What a service has of the gateway's files: volumes, tmpfs, secrets, configs.
#pragma once

#include "core/compose/reading.hpp"

namespace gup::compose {

void read_volumes(const yaml::Node& node, Service& service, Reading& reading);
void read_tmpfs(const yaml::Node& node, Service& service, Reading& reading);
// `is_secret`: of secrets, else of configs.
void read_file_uses(const yaml::Node& node, bool is_secret, Service& service, Reading& reading);

}  // namespace gup::compose

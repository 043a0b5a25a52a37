// SPDX-License-Identifier: Apache-2.0
// Variables and labels of a service.
#pragma once

#include "core/compose/reading.hpp"

namespace gup::compose {

// `environment` wins over `env_file`; either may be missing.
void read_environment(const yaml::Node* environment, const yaml::Node* env_file, Service& service, Reading& reading);
// The same of `labels` and `label_file`.
void read_labels(const yaml::Node* labels, const yaml::Node* label_file, Service& service, Reading& reading);

}  // namespace gup::compose

// SPDX-License-Identifier: Apache-2.0
// What a connector may have. The part of StackDeployment that checks it before anything changes is in the .cpp.
#pragma once

#include <string>

#include "util/result.hpp"

namespace gup {

// The connector's name becomes one of units, images, secrets and files.
[[nodiscard]] Status check_connector_name(const std::string& name);

}  // namespace gup

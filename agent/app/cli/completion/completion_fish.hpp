// SPDX-License-Identifier: Apache-2.0
// The script of `gup-agent completion fish`.
#pragma once

#include <string>

namespace gup {

[[nodiscard]] std::string fish_completion();

}  // namespace gup

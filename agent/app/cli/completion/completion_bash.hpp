// SPDX-License-Identifier: Apache-2.0
// The script of `gup-agent completion bash`.
#pragma once

#include <string>

namespace gup {

[[nodiscard]] std::string bash_completion();

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// The script of `gup-agent completion zsh`.
#pragma once

#include <string>

namespace gup {

[[nodiscard]] std::string zsh_completion();

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// Which files of a folder are a stack's.
#pragma once

#include <string>
#include <vector>

#include "core/compose/tree/files.hpp"

namespace gup::compose {

// The compose files of a stack in their order (compose.yaml, compose.override.yaml, …, NAME.compose.yml); empty: none.
[[nodiscard]] std::vector<std::string> find_compose_files(const Files& files, const std::string& folder,
                                                          const std::string& stack);

}  // namespace gup::compose

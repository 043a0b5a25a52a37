// SPDX-License-Identifier: Apache-2.0
// Which files of a folder are a stack's.
#pragma once

#include <string>
#include <vector>

#include "core/compose/tree/files.hpp"

namespace gup::compose {

// COMPOSE_FILE of the stack's .env, as docker compose reads it.
struct ComposeFileList {
    std::vector<std::string> files;  // relative to the repository
    std::string file;                // that has the list; empty: none has
    int line = 0;
    int column = 0;
};
[[nodiscard]] ComposeFileList listed_compose_files(const Files& files, const std::string& folder);

// The compose files of a stack in their order: those listed there, or compose.yaml, compose.override.yaml, …,
// NAME.compose.yml; empty: none.
[[nodiscard]] std::vector<std::string> find_compose_files(const Files& files, const std::string& folder,
                                                          const std::string& stack);

}  // namespace gup::compose

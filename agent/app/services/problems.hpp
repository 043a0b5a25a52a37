// SPDX-License-Identifier: Apache-2.0
// Mistakes in compose files, as people and programs get them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "app/cli/command_line.hpp"
#include "core/declaration/gupfile.hpp"
#include "util/sys/file.hpp"

namespace gup {

// On standard error: "services/gw/compose.yaml:3:5: …", the line, a caret, the hint. Paths are shown as they are from the
// working folder where it contains the repository, else in full.
void print_problems(const CommandLine& line, const fs::path& repository, const std::vector<Problem>& problems);
[[nodiscard]] nlohmann::json problems_document(const fs::path& repository, const std::vector<Problem>& problems);

// "1 mistake", "2 mistakes".
[[nodiscard]] std::string count_of_mistakes(const std::vector<Problem>& problems);

}  // namespace gup

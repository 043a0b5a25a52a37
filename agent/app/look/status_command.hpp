// SPDX-License-Identifier: Apache-2.0
// `status`: the state of the gateway and its connectors.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "app/cli/command_line.hpp"
#include "app/config/config.hpp"
#include "update/supervise/inspect.hpp"

namespace gup {

[[nodiscard]] ExitCode status_command(const CommandLine& line, const Config& config);

// A generation as a member of `generations` (docs/json.md).
[[nodiscard]] nlohmann::json generation_document(const KnownGeneration& known);

}  // namespace gup

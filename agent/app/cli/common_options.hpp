// SPDX-License-Identifier: Apache-2.0
// Rows of options that several commands share.
#pragma once

#include <string>
#include <vector>

#include "app/cli/command_table.hpp"

namespace gup {

// --pre-hooks, --post-hooks
[[nodiscard]] std::vector<OptionRow> hook_options();
// The options of repo-deploy without -c and -v.
[[nodiscard]] std::vector<OptionRow> deploy_options();
// --owner
[[nodiscard]] OptionRow owner_option();
// NAME: the connector that the command is about.
[[nodiscard]] ArgumentRow connector_argument(std::string_view help = "The connector");
// NAME…: without one, all connectors.
[[nodiscard]] ArgumentRow connectors_argument(std::string_view help = "Only these connectors (default: all)");

}  // namespace gup

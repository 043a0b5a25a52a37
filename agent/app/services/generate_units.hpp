// SPDX-License-Identifier: Apache-2.0
// services generate-units: the units of stacks in a folder.
#pragma once

#include "app/cli/command_line.hpp"
#include "util/sys/file.hpp"

namespace gup {

[[nodiscard]] ExitCode generate_units_command(const CommandLine& line);

// `given` with "~" replaced by $HOME. Empty: where Quadlet looks for units of this user; as in the utility always those of
// a user.
[[nodiscard]] fs::path units_folder(const fs::path& given, ServicesForm form);

}  // namespace gup

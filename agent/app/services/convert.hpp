// SPDX-License-Identifier: Apache-2.0
// services convert: the units of one compose project on standard output.
#pragma once

#include "app/cli/command_line.hpp"

namespace gup {

[[nodiscard]] ExitCode convert_command(const CommandLine& line);

// To standard error: the units are for every podman, because there is none here.
struct TargetPodman;
void tell_of_guess(const CommandLine& line, const TargetPodman& podman);

}  // namespace gup

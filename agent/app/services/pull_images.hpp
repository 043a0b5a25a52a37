// SPDX-License-Identifier: Apache-2.0
// services pull-images: the images of stacks, so that a restart does not wait for a download.
#pragma once

#include "app/cli/command_line.hpp"

namespace gup {

[[nodiscard]] ExitCode pull_images_command(const CommandLine& line);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "app/services/services_command.hpp"

#include "app/services/convert.hpp"
#include "app/services/determine_changes.hpp"
#include "app/services/generate_units.hpp"
#include "app/services/pull_images.hpp"
#include "app/services/restart_stacks.hpp"
#include "app/services/stack_status.hpp"

namespace gup {

std::optional<ExitCode> services_command(const CommandLine& line) {
    switch (line.command) {
        case Command::services_convert:
            return convert_command(line);
        case Command::services_determine:
            return determine_changes_command(line);
        case Command::services_generate:
            return generate_units_command(line);
        case Command::services_pull:
            return pull_images_command(line);
        case Command::services_restart:
            return restart_stacks_command(line);
        case Command::services_status:
            return stack_status_command(line);
        case Command::services_manage:
            return line.services.action == "status" ? stack_status_command(line) : restart_stacks_command(line);
        default:
            return std::nullopt;
    }
}

}  // namespace gup

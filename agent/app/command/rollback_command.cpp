#include "app/command/rollback_command.hpp"

#include "app/command/commands.hpp"
#include "app/command/shown_run.hpp"
#include "app/command/update_command.hpp"
#include "update/rollback.hpp"

namespace gup {

ExitCode rollback_command(const CommandLine& line, const Config& config) {
    // Does not use the network; but git is set up with it.
    return exit_code_of(line, show_run(line, config, [&](const Network& network, const RunEvents& events) {
                            const UpdateSettings settings = settings_to_switch(line, config, network);
                            return run_rollback(settings, {line.names.front(), line.generation, {}}, events);
                        }));
}

}  // namespace gup

#include "app/commands.hpp"
#include "app/shown_run.hpp"
#include "update/rollback.hpp"

namespace gup {

ExitCode rollback_command(const CommandLine& line, const Config& config) {
    // Nothing is asked of the network; but git is started with it.
    return exit_code_of(line, show_run(line, config, [&](const Network&, const RunEvents& events) {
                            return run_rollback(config.update, {line.names.front(), line.generation}, events);
                        }));
}

}  // namespace gup

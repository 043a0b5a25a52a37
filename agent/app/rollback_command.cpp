#include "app/commands.hpp"
#include "app/display.hpp"
#include "app/network.hpp"
#include "update/rollback.hpp"
#include "update/run.hpp"

namespace gup {

ExitCode rollback_command(const CommandLine& line, const Config& config) {
    const auto lock = take_run_lock(config.update);
    if (!lock.ok()) return report_error(line, lock.error());
    // Nothing is asked for; but git is started with it.
    const auto network = Network::start(config, Network::Learned::keep);
    if (!network.ok()) return report_error(line, network.error());
    const auto display = make_display(line);
    const RunEvents events = display->events();
    const auto report = run_rollback(config.update, {line.names.front(), line.generation}, events);
    if (!report.ok()) return report_error(line, report.error());
    display->end(*report);
    return report->exit_code();
}

}  // namespace gup

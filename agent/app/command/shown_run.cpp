#include "app/command/shown_run.hpp"

#include "app/command/commands.hpp"
#include "app/output/display.hpp"
#include "update/run.hpp"

namespace gup {

Result<RunReport> show_run(const CommandLine& line, const Config& config, const ShownWork& work) {
    GUP_TRY(const auto lock, take_run_lock(config.update));
    GUP_TRY(const auto network, Network::start(config, DataBudget::Keep::yes));
    const auto display = make_display(line);
    GUP_TRY(RunReport report, work(network, display->events()));
    display->end(report);
    return report;
}

ExitCode exit_code_of(const CommandLine& line, const Result<RunReport>& report) {
    return report.ok() ? report->exit_code() : report_error(line, report.error());
}

}  // namespace gup

#include "host/reboot.hpp"

#include "util/process/process.hpp"
#include "util/sys/signals.hpp"

namespace gup {

Status reboot(const RebootSettings& settings) {
    if (!sleep_unless_stopped(settings.delay)) {
        return Error{ErrorCode::cancelled, "reboot cancelled by a signal", {}};
    }
    ProcessRequest request;
    request.argv = settings.command;
    request.timeout = Milliseconds{60'000};
    GUP_TRY(const ProcessResult result, run_process(request));
    if (result.success()) return {};
    return Error{
        ErrorCode::failed,
        display_command(settings.command) + " ended with " + std::to_string(result.exit_code) + ": " + result.err,
        "set run.reboot-command in gup-agent.toml"};
}

}  // namespace gup

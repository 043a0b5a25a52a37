#include "app/daemon/daemon_command.hpp"

#include "app/command/commands.hpp"
#include "app/daemon/daemon.hpp"
#include "util/sys/lock.hpp"

namespace gup {

ExitCode daemon_command(const CommandLine& line, Config config, const ConfigLoader& load) {
    auto lock = FileLock::try_take(daemon_lock_file(config.update.state));
    if (!lock.ok()) return report_error(line, lock.error().with_context("a daemon is already running"));
    auto daemon = Daemon::make(line, std::move(config), load, std::move(lock).value());
    return daemon.ok() ? daemon->run() : report_error(line, daemon.error());
}

}  // namespace gup

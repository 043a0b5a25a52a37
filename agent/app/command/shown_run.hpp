// A command that changes connectors: under the lock, with the network there, shown as it goes on.
#pragma once

#include <functional>

#include "app/config/command_line.hpp"
#include "app/config/config.hpp"
#include "app/config/network.hpp"
#include "connector/settings.hpp"
#include "core/report.hpp"

namespace gup {

using ShownWork = std::function<Result<RunReport>(const Network&, const RunEvents&)>;

// Returns what `work` does, shown to its end. Fails with busy when another agent works here, as Network::start does,
// and as `work` does; nothing is shown then.
[[nodiscard]] Result<RunReport> show_run(const CommandLine& line, const Config& config, const ShownWork& work);

// The exit code of a run, or of what kept it from being one, which is printed.
[[nodiscard]] ExitCode exit_code_of(const CommandLine& line, const Result<RunReport>& report);

}  // namespace gup

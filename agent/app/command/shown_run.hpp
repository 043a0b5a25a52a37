// A command that changes connectors: under the lock, with the network, and shown while it runs.
#pragma once

#include <functional>

#include "app/config/command_line.hpp"
#include "app/config/config.hpp"
#include "app/config/network.hpp"
#include "connector/settings.hpp"
#include "core/report.hpp"

namespace gup {

using ShownWork = std::function<Result<RunReport>(const Network&, const RunEvents&)>;

// Returns the result of `work`, after showing it. Fails with busy when another agent runs, as Network::start does, and
// as `work` does; then it shows nothing.
[[nodiscard]] Result<RunReport> show_run(const CommandLine& line, const Config& config, const ShownWork& work);

// The exit code of a run, or of the error that prevented it, which is printed.
[[nodiscard]] ExitCode exit_code_of(const CommandLine& line, const Result<RunReport>& report);

}  // namespace gup

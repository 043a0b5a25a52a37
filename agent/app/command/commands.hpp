// The commands. Each prints what it has to say and returns the program's exit code.
#pragma once

#include "app/config/command_line.hpp"
#include "app/config/config.hpp"
#include "app/config/network.hpp"

namespace gup {

// `run` and `now`; a run waits first and may reboot afterwards.
[[nodiscard]] ExitCode update_command(const CommandLine& line, const Config& config);
// Ends with SIGTERM or SIGINT. Reads the configuration again by `load` when it is told to. That of deploy runs at once,
// too.
[[nodiscard]] ExitCode daemon_command(const CommandLine& line, Config config, const ConfigLoader& load);
[[nodiscard]] ExitCode check_command(const CommandLine& line, const Config& config);
[[nodiscard]] ExitCode status_command(const CommandLine& line, const Config& config);
[[nodiscard]] ExitCode recover_command(const CommandLine& line, const Config& config);
[[nodiscard]] ExitCode rollback_command(const CommandLine& line, const Config& config);
// adopt, and release install, enable, list, prune.
[[nodiscard]] ExitCode release_command(const CommandLine& line, const Config& config);
[[nodiscard]] ExitCode add_command(const CommandLine& line, const Config& config);
[[nodiscard]] ExitCode deploy_key_command(const CommandLine& line, const Config& config);
// Works with a configuration that is wrong too, and says so first.
[[nodiscard]] ExitCode doctor_command(const CommandLine& line, const ConfigSources& sources);
[[nodiscard]] ExitCode self_update_command(const CommandLine& line, const Config& config);
// Changes nothing. Its first line is "gup-agent <version>": the agent before it reads that and the exit code.
[[nodiscard]] ExitCode self_test_command(const CommandLine& line, const Config& config);
// What repo-deploy does: once, or as a daemon. `sources` are the agent's; gup-agent.toml is not read.
[[nodiscard]] ExitCode deploy_command(CommandLine line, const ConfigSources& sources);
// Prints the configuration that deploy_command works by.
[[nodiscard]] ExitCode import_command(const CommandLine& line, const ConfigSources& sources);
[[nodiscard]] ExitCode version_command(const CommandLine& line);

// The configuration's, with the folders of hooks that the command line names, and what probes of health are sent by.
[[nodiscard]] UpdateSettings settings_to_switch(const CommandLine& line, const Config& config, const Network& network);

// The log as the configuration wants it. What only looks writes nothing to the file.
void open_log(const CommandLine& line, const Config& config);

// Prints an error that ends the program, on stderr and, with --json, as an object on stdout. busy gives locked,
// anything else bad_usage.
ExitCode report_error(const CommandLine& line, const Error& error);

}  // namespace gup

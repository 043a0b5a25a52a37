// SPDX-License-Identifier: Apache-2.0
// gup-agent.toml and its overrides. Priority: option, environment, file, default.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connector/settings.hpp"
#include "core/declaration/cron_expression.hpp"
#include "core/declaration/declared_connector.hpp"
#include "core/stack/stack_settings.hpp"
#include "host/reboot.hpp"
#include "selfupdate/self_update.hpp"
#include "update/agenda.hpp"
#include "util/http/data_budget.hpp"
#include "util/http/http.hpp"
#include "util/log/log.hpp"
#include "util/log/retry.hpp"
#include "util/secret.hpp"

namespace gup {

struct DelayRange {
    Milliseconds shortest{10'000};
    Milliseconds longest{120'000};
};

// When the daemon runs. An empty list: never.
struct ScheduleSettings {
    std::vector<CronExpression> times;
    std::string time_zone;  // empty: the machine's
};

// The operator's settings for one connector: [[connector]].
struct ConnectorSettings {
    std::string name;
    int line = 0;                          // of its table in the file, from 1
    std::vector<CronExpression> schedule;  // in addition to the times of all connectors
    UpdateWindow window;                   // when it may be updated; overrides its gupfile
    std::vector<std::string> services;     // units that its gupfile may restart, in addition to those of its owner
    std::string requirements;              // the file that declares its packages; empty: its gupfile says
    bool is_declared = false;              // set if it has a source
    DeclaredConnector declared;
    StackSettings stacks;
};

// Who learns of runs: [notify].
enum class NotifyFormat : std::uint8_t { json, ntfy, slack, healthchecks };
// automatic: always for healthchecks, failed for the others.
enum class NotifyOn : std::uint8_t { automatic, failed, changed, always };

struct NotifySettings {
    std::string url;  // http or https; it may be a secret as a whole; empty: nobody
    NotifyFormat format = NotifyFormat::json;
    NotifyOn on = NotifyOn::automatic;
    Secret token;  // empty: none
};

inline constexpr std::uint64_t longest_config = 1U << 20U;  // bytes

// A random moment in it.
[[nodiscard]] Milliseconds random_delay(const DelayRange& range);

struct Config {
    fs::path file;        // empty: there is none
    fs::path executable;  // the agent's own; for a new agent on trial: the installed one
    DelayRange delay;
    RebootSettings reboot;
    HttpOptions http;
    DataLimits data;
    std::uint64_t max_object_size = std::uint64_t{128} << 20U;  // bytes of one object of git; 0: no limit
    RetryPolicy retry;
    UpdateSettings update;        // root, state and the rest of the job
    std::string root_from;        // "--root", "$GUP_ROOT", "root in /etc/…", "the folder above the agent's"
    std::vector<Error> warnings;  // mistakes that do not keep the agent from its work
    SelfUpdateSettings self_update;
    NotifySettings notify;
    ScheduleSettings schedule;
    std::vector<ConnectorSettings> connectors;  // in the order of the file
    log::Options log;
};

// The places of the parts of a configuration, which tests replace.
struct ConfigSources {
    fs::path file;                    // --config; empty: not given
    std::optional<std::string> text;  // replaces the file's content
    fs::path root;                    // --root; empty: not given
    fs::path executable;              // its real path
    fs::path system_file = "/etc/gup-agent/gup-agent.toml";
    std::function<std::optional<std::string>(const std::string& name)> environment;
    std::vector<std::string> variables;  // the names of all variables, to find misspelt ones
};

// Reads and checks everything. Fails with invalid_input: the message names the file, the line, the key and the reason,
// the hint names the nearest known key. A missing file is an error only if it was named.
[[nodiscard]] Result<Config> load_config(const ConfigSources& sources);
using ConfigLoader = std::function<Result<Config>()>;

// Like load_config, but continues after errors: a wrong key keeps its default. For doctor.
struct ConfigProblem : Error {
    std::string what;            // the message without file and line
    int line = 0;                // of the file, from 1; 0: it is not in the file
    int column = 0;              // from 1, in bytes
    bool is_of_machine = false;  // on another machine the same file may be right
};
struct LenientConfig {
    Config config;
    std::vector<ConfigProblem> problems;  // in the order of their lines, then the others; empty: load_config succeeds
};
[[nodiscard]] LenientConfig load_config_leniently(const ConfigSources& sources);

// The process's environment and /proc/self/exe.
[[nodiscard]] ConfigSources process_sources();
// True if the installed file is no longer this program.
[[nodiscard]] bool is_replaced();

// All schedules of the configuration.
[[nodiscard]] std::vector<Schedule> schedules_of(const Config& config);
// The schedules with their served times. Fails with invalid_input for an unknown time zone, or without a schedule.
[[nodiscard]] Result<Agenda> make_agenda(const Config& config);

}  // namespace gup

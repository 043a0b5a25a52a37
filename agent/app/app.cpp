// SPDX-License-Identifier: Apache-2.0
#include "app/app.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/command/author_commands.hpp"
#include "app/command/check_command.hpp"
#include "app/command/commands.hpp"
#include "app/command/completion_command.hpp"
#include "app/command/connector_command.hpp"
#include "app/command/deploy_key_command.hpp"
#include "app/command/doctor_command.hpp"
#include "app/command/lint_command.hpp"
#include "app/command/self_test_command.hpp"
#include "app/command/self_update_command.hpp"
#include "app/command/update_command.hpp"
#include "app/command/version_command.hpp"
#include "app/daemon/daemon.hpp"
#include "app/daemon/deploy_command.hpp"
#include "app/lint/snippet.hpp"
#include "app/look/history_command.hpp"
#include "app/look/hold_command.hpp"
#include "app/look/logs_command.hpp"
#include "app/look/remove_command.hpp"
#include "app/look/status_command.hpp"
#include "app/output/display.hpp"
#include "app/output/message.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "app/services/release_tool.hpp"
#include "app/services/services_command.hpp"
#include "app/setup/setup_commands.hpp"
#include "util/log/log.hpp"
#include "util/printable.hpp"
#include "util/sys/c_library.hpp"
#include "util/sys/file.hpp"
#include "util/sys/signals.hpp"

namespace gup {
namespace {

// Other users may not change what the agent makes for an owner. libgit2 would take the caller of sudo for an owner of root's
// repositories, so it must not see that user.
void limit_rights() {
    const bool is_root = ::geteuid() == 0;
    const mode_t given = ::umask(077);
    ::umask(given | (is_root ? 022U : 002U));
    if (is_root) ::unsetenv("SUDO_UID");  // NOLINT(concurrency-mt-unsafe): there is one thread
}

// Removed from the environment: it is for this process, not for its children. There are no other threads yet.
fs::path take_stand_in() {
    const char* value = std::getenv(stand_in_variable);  // NOLINT(concurrency-mt-unsafe)
    fs::path path = value == nullptr || *value != '/' ? "" : value;
    ::unsetenv(stand_in_variable);  // NOLINT(concurrency-mt-unsafe)
    return path;
}

bool only_looks(const CommandLine& line) {
    return line.command == Command::check || line.command == Command::status || line.command == Command::doctor ||
           line.command == Command::self_test || line.command == Command::release_list ||
           line.command == Command::history || line.command == Command::logs || line.command == Command::list ||
           line.lists || line.update_mode == UpdateMode::check;
}

void tell_error(const CommandLine& line, const Error& error, const std::string& snippet = {}) {
    log::record(log::Level::error, {}, error.message);
    print_error(line, error.message, error.hint, snippet);
}

// All of them, so that one look at the file is enough.
ExitCode report_config_errors(const CommandLine& line, const LenientConfig& loaded) {
    nlohmann::json problems = nlohmann::json::array();
    const std::string text = read_file(loaded.config.file, longest_config).value_or({});
    for (const ConfigProblem& one : loaded.problems) {
        tell_error(line, one, one.line > 0 ? snippet_text(text, one.line, one.column) : std::string());
        problems.push_back({{"message", one.message}, {"hint", one.hint}, {"line", one.line}, {"column", one.column}});
    }
    if (line.form == OutputForm::json) {
        nlohmann::json document = error_document(loaded.problems.front(), ExitCode::bad_usage);
        document["problems"] = std::move(problems);
        print_json(document);
    }
    return ExitCode::bad_usage;
}

// Those that read no configuration; nullopt for the others.
std::optional<ExitCode> run_without_configuration(const CommandLine& line) {
    if (line.command == Command::version) return version_command(line);
    if (line.command == Command::lint) return lint_command(line);
    if (line.command == Command::init) return init_command(line);
    if (line.command == Command::schema) return schema_command(line);
    if (line.command == Command::reference) return reference_command(line);
    if (line.command == Command::completion) return completion_command(line);
    if (line.command == Command::demo) return demo_command(line);
    return services_command(line);
}

ExitCode rollback_or_list(const CommandLine& line, const Config& config) {
    return line.lists ? generations_command(line, config) : connector_command(line, config);
}

// Those that need a correct configuration, and nothing else.
struct ConfiguredCommand {
    Command command;
    ExitCode (*run)(const CommandLine& line, const Config& config);
};
constexpr ConfiguredCommand configured_commands[] = {
    {Command::run, update_command},
    {Command::now, update_command},
    {Command::check, check_command},
    {Command::status, status_command},
    {Command::history, history_command},
    {Command::hold, hold_command},
    {Command::unhold, unhold_command},
    {Command::logs, logs_command},
    {Command::remove, remove_command},
    {Command::list, list_command},
    {Command::rollback, rollback_or_list},
    {Command::recover, connector_command},
    {Command::release_install, connector_command},
    {Command::release_enable, connector_command},
    {Command::release_list, connector_command},
    {Command::release_prune, connector_command},
    {Command::adopt, connector_command},
    {Command::add, connector_command},
    {Command::import_install_py, connector_command},
    {Command::self_update, self_update_command},
    {Command::self_test, self_test_command},
    {Command::deploy_key, deploy_key_command},
    {Command::self_uninstall, self_uninstall_command},
    {Command::import_script, import_script_command},
};

// Called as "release-tool".
ParsedLine parse_release_tool(const std::vector<std::string>& words) {
    ReleaseToolCall call = release_tool_call(words);
    ParsedLine parsed;
    if (call.exit) {
        parsed.text = std::move(call.text);
        parsed.exit = call.exit;
        return parsed;
    }
    std::vector<const char*> arguments;
    for (const std::string& it : call.arguments) arguments.push_back(it.c_str());
    parsed = parse_command_line(static_cast<int>(arguments.size()), arguments.data(), terminal_columns(STDOUT_FILENO));
    parsed.line.services.form = ServicesForm::utility;
    return parsed;
}

ExitCode dispatch(const CommandLine& line) {
    if (const auto done = run_without_configuration(line)) return *done;
    ConfigSources sources = process_sources();
    sources.file = line.config;
    sources.root = line.root;
    if (!line.on_behalf_of.empty()) sources.executable = line.on_behalf_of;
    if (line.command == Command::complete) return complete_command(line, sources);
    if (line.command == Command::doctor) return doctor_command(line, sources);
    if (line.command == Command::deploy) return deploy_command(line, sources);
    if (line.command == Command::import_repo_deploy) return import_command(line, sources);
    LenientConfig loaded = load_config_leniently(sources);
    if (line.command == Command::support) return support_command(line, loaded.config);  // also with a wrong one
    if (!loaded.problems.empty()) return report_config_errors(line, loaded);
    Config config = std::move(loaded.config);
    open_log(line, config);
    for (const Error& warning : config.warnings) log::warning({}, log::with_hint(warning.message, warning.hint));
    if (line.command == Command::daemon) {
        return daemon_command(line, std::move(config), [&sources] { return load_config(sources); });
    }
    const auto* const row = std::find_if(std::begin(configured_commands), std::end(configured_commands),
                                         [&](const ConfiguredCommand& one) { return one.command == line.command; });
    if (row != std::end(configured_commands)) return row->run(line, config);
    return report_error(line, {ErrorCode::unsupported, "this command cannot be executed here", "gup-agent help"});
}

}  // namespace

void open_log(const CommandLine& line, const Config& config) {
    log::Options options = config.log;
    if (only_looks(line)) options.file.clear();
    if (line.verbosity == Verbosity::verbose) options.stderr_level = log::Level::debug;
    options.colour = wants_colour(line, STDERR_FILENO);
    log::open(options);
}

ExitCode report_error(const CommandLine& line, const Error& error) {
    const bool is_interrupted = error.code == ErrorCode::cancelled && stop_requested();
    ExitCode code = error.code == ErrorCode::busy ? ExitCode::locked : ExitCode::bad_usage;
    Error told = error;
    if (is_interrupted) {
        code = interrupted_by(stop_signal());
        told.message = "interrupted: " + told.message;
    }
    tell_error(line, told);
    if (line.form == OutputForm::json) print_json(error_document(told, code));
    return code;
}

int run_app(int argc, const char* const* argv) {
    limit_rights();
    configure_allocator();
    configure_name_service();
    install_signal_handlers();
    ParsedLine parsed = argc > 0 && is_release_tool(argv[0])
                            ? parse_release_tool({argv + 1, argv + argc})
                            : parse_command_line(argc, argv, terminal_columns(STDOUT_FILENO));
    parsed.line.on_behalf_of = take_stand_in();
    if (!parsed.exit) return static_cast<int>(dispatch(parsed.line));
    print_text("{}", parsed.text);
    return static_cast<int>(parsed.error ? report_error(parsed.line, *parsed.error) : *parsed.exit);
}

}  // namespace gup

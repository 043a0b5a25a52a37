// SPDX-License-Identifier: Apache-2.0
#include "app/app.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

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
#include "app/look/history_command.hpp"
#include "app/look/hold_command.hpp"
#include "app/look/logs_command.hpp"
#include "app/look/remove_command.hpp"
#include "app/look/status_command.hpp"
#include "app/output/display.hpp"
#include "app/output/message.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "app/setup/setup_commands.hpp"
#include "util/log/log.hpp"
#include "util/printable.hpp"
#include "util/sys/c_library.hpp"
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

void tell_error(const CommandLine& line, const Error& error) {
    log::record(log::Level::error, {}, error.message);
    print_error(line, error.message, error.hint);
}

nlohmann::json error_document(const Error& error, ExitCode code) {
    return {{"event", "error"},         {"schema", json_schema}, {"code", to_string(error.code)},
            {"message", error.message}, {"hint", error.hint},    {"exit_code", static_cast<int>(code)}};
}

// All of them, so that one look at the file is enough.
ExitCode report_config_errors(const CommandLine& line, const LenientConfig& loaded) {
    nlohmann::json problems = nlohmann::json::array();
    for (const ConfigProblem& one : loaded.problems) {
        tell_error(line, one);
        problems.push_back({{"message", one.message}, {"hint", one.hint}, {"line", one.line}, {"column", one.column}});
    }
    if (line.form == OutputForm::json) {
        nlohmann::json document = error_document(loaded.problems.front(), ExitCode::bad_usage);
        document["problems"] = std::move(problems);
        print_json(document);
    }
    return ExitCode::bad_usage;
}

ExitCode dispatch(const CommandLine& line) {
    if (line.command == Command::version) return version_command(line);
    if (line.command == Command::lint) return lint_command(line);
    if (line.command == Command::init) return init_command(line);
    if (line.command == Command::schema) return schema_command(line);
    if (line.command == Command::reference) return reference_command(line);
    if (line.command == Command::completion) return completion_command(line);
    if (line.command == Command::demo) return demo_command(line);
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
    switch (line.command) {
        case Command::daemon:
            return daemon_command(line, std::move(config), [&sources] { return load_config(sources); });
        case Command::check:
            return check_command(line, config);
        case Command::status:
            return status_command(line, config);
        case Command::history:
            return history_command(line, config);
        case Command::hold:
            return hold_command(line, config);
        case Command::unhold:
            return unhold_command(line, config);
        case Command::logs:
            return logs_command(line, config);
        case Command::remove:
            return remove_command(line, config);
        case Command::list:
            return list_command(line, config);
        case Command::rollback:
            return line.lists ? generations_command(line, config) : connector_command(line, config);
        case Command::recover:
        case Command::release_install:
        case Command::release_enable:
        case Command::release_list:
        case Command::release_prune:
        case Command::adopt:
        case Command::add:
        case Command::import_install_py:
            return connector_command(line, config);
        case Command::self_update:
            return self_update_command(line, config);
        case Command::self_test:
            return self_test_command(line, config);
        case Command::deploy_key:
            return deploy_key_command(line, config);
        case Command::self_uninstall:
            return self_uninstall_command(line, config);
        case Command::import_script:
            return import_script_command(line, config);
        case Command::run:
        case Command::now:
        case Command::doctor:
        case Command::deploy:
        case Command::import_repo_deploy:
        case Command::lint:
        case Command::init:
        case Command::schema:
        case Command::reference:
        case Command::completion:
        case Command::complete:
        case Command::help:
        case Command::demo:
        case Command::support:
        case Command::version:
            break;
    }
    return update_command(line, config);
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
    ParsedLine parsed = parse_command_line(argc, argv, terminal_columns(STDOUT_FILENO));
    parsed.line.on_behalf_of = take_stand_in();
    if (!parsed.exit) return static_cast<int>(dispatch(parsed.line));
    print_text("{}", parsed.text);
    return static_cast<int>(parsed.error ? report_error(parsed.line, *parsed.error) : *parsed.exit);
}

}  // namespace gup

#include "app/command_line.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <array>

namespace gup {
namespace {

struct CommandRow {
    Command command;
    const char* name;
    const char* help;
    const char* names_help;  // nullptr: takes no names
};

constexpr std::array commands{
    CommandRow{Command::run, "run", "The scheduled run: random delay, all connectors, reboot if asked for", nullptr},
    CommandRow{Command::now, "now", "Bring connectors up to date at once; no delay, no reboot",
               "Only these connectors"},
    CommandRow{Command::check, "check", "Show what now would do; changes nothing", "Only these connectors"},
    CommandRow{Command::status, "status", "What runs here, since when, and what happened last",
               "Only these connectors"},
    CommandRow{Command::recover, "recover", "Undo or finish what a crash interrupted", nullptr},
    CommandRow{Command::add, "add", "Clone a connector and make its virtualenv", nullptr},
    CommandRow{Command::deploy_key, "deploy-key", "Show a connector's own SSH key (made at the first call)", nullptr},
    CommandRow{Command::doctor, "doctor", "Look for what will go wrong tonight, with a hint for each finding",
               "Only these connectors"},
    CommandRow{Command::self_update, "self-update", "Bring this program itself up to date", nullptr},
    CommandRow{Command::self_test, "self-test", "What a new version of this program must pass before it is used",
               nullptr},
    CommandRow{Command::version, "version", "Version, commit, target, linked libraries", nullptr},
};

constexpr const char* exit_codes =
    "Exit codes: 0 all is as it should be; 1 a connector failed; 2 bad usage or configuration;\n"
    "3 another run is on; 4 nothing could be reached; 10 (check, self-update --check) there is something to do.";

// Options count before and after the command.
void add_common_options(CLI::App& app, CommandLine& line) {
    app.add_option("-c,--config", line.config, "Configuration file")->type_name("FILE");
    app.add_option("--root", line.root, "Folder that holds the connectors")->type_name("DIR");
    app.add_flag_callback(
        "-v,--verbose", [&line] { line.verbosity = Verbosity::verbose; }, "Show the whole log on stderr");
    app.add_flag_callback(
        "--json", [&line] { line.form = OutputForm::json; }, "Machine-readable output (docs/json.md)");
    app.add_flag_callback(
        "--no-color", [&line] { line.colour = ColourChoice::never; }, "Plain text");
}

void add_own_options(CLI::App& command, CommandLine& line) {
    const char* owner_help = "Whose it is to be, by name or number (default: whose the root folder is)";
    if (command.get_name() == "add") {
        command.add_option("URL", line.add.url, "https://…, git@host:path, ssh://…, git://…, file://…, a path")
            ->required();
        command.add_option("--name", line.add.name, "The connector's name (default: the URL's last part)");
        command.add_option("--branch", line.add.branch, "The branch to follow (default: the repository's own)");
        command.add_option("--host-key", line.add.host_key, "The only host key to trust, SHA256:…");
        command.add_option("--owner", line.add.owner, owner_help)->type_name("USER");
    } else if (command.get_name() == "deploy-key") {
        command.add_option("NAME", line.names, "The connector, which need not be there yet")->required()->expected(1);
        command.add_option("--owner", line.add.owner, owner_help)->type_name("USER");
    }
}

}  // namespace

ParsedLine parse_command_line(int argc, const char* const* argv) {
    ParsedLine parsed;
    CLI::App app("gup-agent keeps Python client connectors up to date: their code and their pinned packages.",
                 "gup-agent");
    app.footer(exit_codes);
    app.require_subcommand(1);
    add_common_options(app, parsed.line);
    for (const CommandRow& row : commands) {
        CLI::App* command = app.add_subcommand(row.name, row.help);
        command->callback([&parsed, row] { parsed.line.command = row.command; });
        add_common_options(*command, parsed.line);
        add_own_options(*command, parsed.line);
        if (row.names_help != nullptr) command->add_option("NAME", parsed.line.names, row.names_help);
        if (row.command == Command::self_update) {
            command->add_flag_callback(
                "--check", [&parsed] { parsed.line.update_mode = UpdateMode::check; }, "Only say what it would do");
        }
    }
    parsed.line.arguments.assign(argv + std::min(argc, 1), argv + argc);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        parsed.exit = app.exit(error) == 0 ? ExitCode::success : ExitCode::bad_usage;
    }
    return parsed;
}

}  // namespace gup

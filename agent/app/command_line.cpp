#include "app/command_line.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
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
    CommandRow{Command::version, "version", "Version, commit, target, linked libraries", nullptr},
};

constexpr const char* exit_codes =
    "Exit codes: 0 all is as it should be; 1 a connector failed; 2 bad usage or configuration;\n"
    "3 another run is on; 4 nothing could be reached; 10 (check) there is something to do.";

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
        if (row.names_help != nullptr) command->add_option("NAME", parsed.line.names, row.names_help);
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        parsed.exit = app.exit(error) == 0 ? ExitCode::success : ExitCode::bad_usage;
    }
    return parsed;
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "app/config/command_line.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <array>
#include <iostream>
#include <map>
#include <string>

#include "core/declaration/nearest.hpp"
#include "util/printable.hpp"

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
    CommandRow{Command::now, "now", "Update connectors at once; no delay, no reboot", "Only these connectors"},
    CommandRow{Command::daemon, "daemon", "Stay resident, and run on the schedule of the configuration", nullptr},
    CommandRow{Command::check, "check", "Show what now would do; changes nothing", "Only these connectors"},
    CommandRow{Command::status, "status", "Show the running versions and the last outcomes", "Only these connectors"},
    CommandRow{Command::recover, "recover", "Undo or finish changes that a crash interrupted", nullptr},
    CommandRow{Command::rollback, "rollback",
               "Go back to the previous generation, or to the named one; needs no network", nullptr},
    CommandRow{Command::adopt, "adopt", "Turn a git checkout into releases, and back", nullptr},
    CommandRow{Command::add, "add", "Clone a connector and create its virtualenv", nullptr},
    CommandRow{Command::deploy_key, "deploy-key", "Show a connector's own SSH key (created at the first call)",
               nullptr},
    CommandRow{Command::doctor, "doctor", "Check for problems of the next run, with a hint for each finding",
               "Only these connectors"},
    CommandRow{Command::self_update, "self-update", "Update this program itself", nullptr},
    CommandRow{Command::self_test, "self-test", "Test that a new version of this program must pass before it is used",
               nullptr},
    CommandRow{Command::deploy, "deploy", "Do what repo-deploy does, with its configuration file and options", nullptr},
    CommandRow{Command::lint, "lint", "Check gupfiles, requirements and gup-agent.toml; needs no root and no network",
               nullptr},
    CommandRow{Command::init, "init", "Write a gupfile that pins what a folder has", nullptr},
    CommandRow{Command::schema, "schema", "Print the JSON schema of a file, for editors", nullptr},
    CommandRow{Command::version, "version", "Version, commit, target, linked libraries", nullptr},
};

constexpr const char* exit_codes =
    "Exit codes: 0 all is as it should be; 1 a connector failed; 2 bad usage or configuration;\n"
    "3 another run is active; 4 nothing could be reached; 10 (check, self-update --check) there is something to do;\n"
    "of deploy --fetch also 5 a hook blocked it; 6 it was rolled back.";

// Options are allowed before and after the command.
void add_common_options(CLI::App& app, CommandLine& line) {
    app.add_option("-c,--config", line.config, "Configuration file")->type_name("FILE");
    app.add_option("--root", line.root, "Folder that contains the connectors")->type_name("DIR");
    app.add_flag_callback(
        "-v,--verbose", [&line] { line.verbosity = Verbosity::verbose; }, "Show the whole log on stderr");
    app.add_flag_callback(
        "--json", [&line] { line.form = OutputForm::json; }, "Machine-readable output (docs/json.md)");
    app.add_flag_callback(
        "--no-color", [&line] { line.colour = ColourChoice::never; }, "Plain text");
}

void add_hook_options(CLI::App& command, CommandLine& line) {
    command.add_option("--pre-hooks", line.pre_hooks, "Folder of the hooks before activation (hooks.pre-update)")
        ->type_name("DIR");
    command.add_option("--post-hooks", line.post_hooks, "Folder of the hooks after activation (hooks.post-update)")
        ->type_name("DIR");
}

// The options of repo-deploy without -c and -v.
void add_deploy_options(CLI::App& command, CommandLine& line) {
    add_hook_options(command, line);
    command.add_option("--cache", line.deploy.cache, "Folder for the releases (default: /var/cache/repo-deploy)")
        ->type_name("DIR");
    command.add_option("-r,--remote", line.deploy.remote, "A git URL, https://…/app.zip or s3://bucket/app.zip");
    command.add_option("-i,--id", line.deploy.identity,
                       "As before 1.0: the folder or archive of the remote (com.example.app)");
    command
        .add_option("-d,--directory", line.deploy.directory,
                    "As before 1.0: the folder whose subfolder current is deployed into")
        ->type_name("DIR");
    command.add_option("-l,--local", line.deploy.local, "Folder to deploy into (default: /var/deploy/current)")
        ->type_name("DIR");
}

void add_own_options(CLI::App& command, CommandLine& line) {
    if (command.get_name() == "run" || command.get_name() == "now") add_hook_options(command, line);
    if (command.get_name() == "now") {
        command.add_flag_callback(
            "--retry", [&line] { line.quarantine = Quarantine::retry; },
            "Also try releases that were rolled back, of the named connectors");
    }
    if (command.get_name() == "deploy") {
        add_deploy_options(command, line);
        command.add_flag("-f,--fetch", line.deploy.fetches_once, "Deploy once, now, instead of on the schedule");
    }
    const char* owner_help = "The owner, by name or number (default: the owner of the root folder)";
    if (command.get_name() == "add") {
        command.add_option("URL", line.add.url, "https://…, git@host:path, ssh://…, git://…, file://…, a path")
            ->required();
        command.add_option("--name", line.add.name, "The connector's name (default: the URL's last part)");
        command.add_option("--branch", line.add.branch, "The branch to follow (default: the repository's own)");
        command.add_option("--host-key", line.add.host_key, "The only host key to trust, SHA256:…");
        command.add_option("--owner", line.add.owner, owner_help)->type_name("USER");
        command
            .add_option("--requirements", line.add.requirements,
                        "The file that declares its packages, where the repository has no gupfile")
            ->type_name("FILE");
    } else if (command.get_name() == "rollback") {
        const auto set_name = [&line](const std::string& name) { line.names = {name}; };
        command.add_option_function<std::string>("NAME", set_name, "The connector")->required();
        command.add_option("ID", line.generation, "The generation (default: the one before the running one)");
        add_hook_options(command, line);
    } else if (command.get_name() == "adopt") {
        command.add_option("NAME", line.names, "The connector")->required()->expected(1);
        command.add_flag_callback(
            "--back", [&line] { line.adopt_into = AdoptInto::in_place; },
            "The enabled release becomes the folder again");
    } else if (command.get_name() == "deploy-key") {
        command.add_option("NAME", line.names, "The connector, which need not exist yet")->required()->expected(1);
        command.add_option("--owner", line.add.owner, owner_help)->type_name("USER");
    }
}

void add_lint_options(CLI::App& command, CommandLine& line) {
    const std::map<std::string, LintForm> forms{
        {"text", LintForm::text}, {"json", LintForm::json}, {"sarif", LintForm::sarif}};
    command.add_option("FILE|FOLDER", line.lint.paths, "What to check (default: the working folder)");
    command.add_option("--format", line.lint.form, "text, json or sarif")
        ->type_name("FORM")
        ->transform(CLI::Transformer(forms).description(""))
        ->check(CLI::IsMember({LintForm::text, LintForm::json, LintForm::sarif}).description(""));
    command.add_flag_callback(
        "--sarif", [&line] { line.lint.form = LintForm::sarif; }, "SARIF 2.1.0, for code hosts and CI");
}

void add_author_options(CLI::App& command, CommandLine& line) {
    if (command.get_name() == "lint") add_lint_options(command, line);
    if (command.get_name() == "init") {
        command.add_option("FOLDER", line.init.folder, "The connector's folder (default: the working folder)");
        command
            .add_option("--from", line.init.from,
                        "A requirements.txt, pyproject.toml, lock file or virtualenv (default: what the folder has)")
            ->type_name("FILE|VIRTUALENV");
    } else if (command.get_name() == "schema") {
        command.add_option("NAME", line.schema_of, "gupfile or gup-agent.toml")
            ->required()
            ->check(CLI::IsMember({"gupfile", "gup-agent.toml"}).description(""));
    }
}

void add_release_commands(CLI::App& app, CommandLine& line) {
    CLI::App* release = app.add_subcommand("release", "Versioned releases: install, enable, list, prune");
    release->require_subcommand(1);
    const auto add = [&](Command command, const char* name, const char* help) {
        CLI::App* made = release->add_subcommand(name, help);
        made->callback([&line, command] { line.command = command; });
        add_common_options(*made, line);
        made->add_option_function<std::string>(
                "NAME", [&line](const std::string& connector) { line.names = {connector}; }, "The connector")
            ->required();
        return made;
    };
    CLI::App* install =
        add(Command::release_install, "install", "Build a release next to the running one, without enabling it");
    const auto add_from = [&](CLI::App& made) {
        made.add_option("--from", line.from, "A folder, or a branch, tag or commit (default: the followed branch)")
            ->type_name("DIR|COMMIT");
    };
    add_from(*install);
    install->add_option("--version", line.version, "The release's id (default: commit time, branch, hash)")
        ->type_name("ID");
    install->add_flag("--replace", line.replaces, "Make a release of that id anew if it differs");
    CLI::App* enable = add(Command::release_enable, "enable", "Switch the connector's link to a release");
    auto* id = enable->add_option("ID", line.version, "The release (default: that of the current commit)");
    add_from(*enable);
    enable->get_option("--from")->excludes(id);
    add_hook_options(*enable, line);
    CLI::App* list =
        add(Command::release_list, "list", "List the installed releases, newest first; * marks the enabled one");
    const std::map<std::string, ReleaseOrder> orders{{"time", ReleaseOrder::time}, {"version", ReleaseOrder::version}};
    list->add_option("--sort", line.release_order, "By the time of installation (default), or by version")
        ->transform(CLI::Transformer(orders).description(""))
        ->type_name("time|version");
    CLI::App* prune =
        add(Command::release_prune, "prune", "Remove old releases, but never the last two that were enabled");
    prune->add_option("--keep", line.keep, "The number of releases to keep (default: update.keep)")->type_name("N");
}

void add_import_commands(CLI::App& app, CommandLine& line) {
    CLI::App* import = app.add_subcommand("import", "Take over what another tool has configured or installed");
    import->require_subcommand(1);
    const auto add = [&](Command command, const char* name, const char* help) {
        CLI::App* made = import->add_subcommand(name, help);
        made->callback([&line, command] { line.command = command; });
        add_common_options(*made, line);
        return made;
    };
    add_deploy_options(*add(Command::import_repo_deploy, "repo-deploy",
                            "Print the configuration of repo-deploy as gup-agent.toml; with its secrets"),
                       line);
    CLI::App* install_py = add(Command::import_install_py, "install-py",
                               "Make releases of the versions that install.py has installed; moves and copies nothing");
    install_py->add_option("--workdir", line.import.workdir, "The folder with the versions")
        ->type_name("DIR")
        ->required();
    install_py->add_option("--link", line.import.link, "The link in it to the enabled version")
        ->type_name("NAME")
        ->required();
    install_py->add_option("--name", line.import.name, "The connector's name (default: the link's)")->type_name("NAME");
}

// For a word in the place of a command, which the parser does not name. False: there is none.
bool tell_unknown_command(const CLI::App& app) {
    const CLI::App* parent = &app;
    while (!parent->get_subcommands().empty()) parent = parent->get_subcommands().front();
    const auto words = parent->remaining();
    if (words.empty()) return false;
    std::vector<std::string> names;
    for (const CLI::App* one : parent->get_subcommands(nullptr)) names.push_back(one->get_name());
    const std::string& word = words.front();
    const std::string near = nearest(word, {names.begin(), names.end()});
    const std::string all = parent == &app ? "gup-agent --help" : "gup-agent " + parent->get_name() + " --help";
    std::cerr << "gup-agent: there is no " << (word.starts_with('-') ? "option " : "command ") << printable(word)
              << '\n'
              << "hint: " << (near.empty() ? all + " lists them" : "did you mean " + near + "?") << '\n';
    return true;
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
        add_author_options(*command, parsed.line);
        if (row.names_help != nullptr) command->add_option("NAME", parsed.line.names, row.names_help);
        if (row.command == Command::self_update) {
            command->add_flag_callback(
                "--check", [&parsed] { parsed.line.update_mode = UpdateMode::check; }, "Only show what it would do");
        }
    }
    add_release_commands(app, parsed.line);
    add_import_commands(app, parsed.line);
    parsed.line.arguments.assign(argv + std::min(argc, 1), argv + argc);
    try {
        app.parse(argc, argv);
    } catch (const CLI::RequiredError& error) {
        parsed.exit = ExitCode::bad_usage;
        if (!tell_unknown_command(app)) app.exit(error);
    } catch (const CLI::ParseError& error) {
        parsed.exit = app.exit(error) == 0 ? ExitCode::success : ExitCode::bad_usage;
    }
    return parsed;
}

}  // namespace gup

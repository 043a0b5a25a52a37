// SPDX-License-Identifier: Apache-2.0
#include "app/cli/other_commands.hpp"

#include "app/cli/common_options.hpp"

namespace gup {
namespace {

CommandRow deploy_row() {
    CommandRow row{
        .command = Command::deploy,
        .name = "deploy",
        .summary = "Do what repo-deploy does, with its configuration file and options",
        .details =
            "Keeps one folder equal to a git repository, a folder of it, or a zip archive. It deploys at once, and "
            "then stays resident and deploys on the schedule. -c names a file of repo-deploy, by default "
            "/etc/repo-deploy/repo-deploy.cfg.",
        .options = deploy_options(),
        .common = common_all & ~static_cast<unsigned>(common_root),
        .examples = {{"gup-agent deploy -r https://github.com/example/site.git -l /var/www/site --fetch", "once, now"},
                     {"gup-agent deploy -c /etc/repo-deploy/repo-deploy.cfg", "resident, on the file's schedule"}},
        .exits = {{0, "the folder is as the remote has it"},
                  {1, "it failed; the folder is as it was"},
                  exit_usage,
                  exit_locked,
                  {4, "the remote could not be reached"},
                  {5, "with --fetch: a hook blocked it"},
                  {6, "with --fetch: it was rolled back"},
                  exit_interrupted},
    };
    row.options.push_back({.names = "-f,--fetch",
                           .value = "",
                           .help = "Deploy once, now, instead of on the schedule",
                           .set = [](CommandLine& line, const std::string&) { line.deploy.fetches_once = true; }});
    return row;
}

CommandRow import_repo_deploy_row() {
    return {
        .command = Command::import_repo_deploy,
        .name = "import repo-deploy",
        .summary = "Print the configuration of repo-deploy as gup-agent.toml; with its secrets",
        .options = deploy_options(),
        .common = common_config,
        .examples = {{"gup-agent import repo-deploy", "of /etc/repo-deploy/repo-deploy.cfg"},
                     {"gup-agent import repo-deploy -c site.cfg", "of another file"}},
        .exits = {{0, "the configuration was printed"}, {2, "the command line or the file is wrong"}},
    };
}

CommandRow import_install_py_row() {
    return {
        .command = Command::import_install_py,
        .name = "import install-py",
        .summary = "Make releases of the versions that install.py has installed; moves and copies nothing",
        .options = {{.names = "--workdir",
                     .value = "DIR",
                     .help = "The folder with the versions",
                     .takes = Takes::folder,
                     .set = [](CommandLine& line, const std::string& word) { line.import.workdir = word; },
                     .is_required = true},
                    {.names = "--link",
                     .value = "NAME",
                     .help = "The link in it to the enabled version",
                     .set = [](CommandLine& line, const std::string& word) { line.import.link = word; },
                     .is_required = true},
                    {.names = "--name",
                     .value = "NAME",
                     .help = "The connector's name (default: the link's)",
                     .set = [](CommandLine& line, const std::string& word) { line.import.name = word; }}},
        .examples = {{"gup-agent import install-py --workdir /srv/meter --link current --name meter",
                      "the versions in it"},
                     {"gup-agent import install-py --workdir . --link meter", "the connector has the link's name"}},
        .exits = {{0, "the releases are there"},
                  {2, "the command line, the configuration or the folder is wrong; nothing has changed"},
                  exit_locked},
    };
}

CommandRow import_script_row() {
    return {
        .command = Command::import_script,
        .name = "import client-connector-updater",
        .summary = "Start this agent in place of the bash script, at the same times",
        .details =
            "It changes the lines of your crontab that start client-connector-updater, and keeps the old table in the "
            "state folder. The connectors and their gupfiles stay as they are.",
        .common = common_config | common_root | common_colour,
        .examples = {{"gup-agent import client-connector-updater", "as the user whose crontab starts the script"},
                     {"gup-agent import client-connector-updater -c gup-agent.toml", "with that configuration"}},
        .exits = {{0, "the crontab starts this agent"},
                  {1, "no line of the crontab starts the script"},
                  {2, "the configuration is wrong, or the crontab cannot be read or written"}},
    };
}

CommandRow support_row() {
    return {
        .command = Command::support,
        .name = "support",
        .summary = "Collect facts in a file for somebody who helps",
        .details =
            "A tar file with status, doctor, the masked configuration, the end of the log, the journal of the "
            "services, "
            "disks and versions. Passwords, tokens and keys are replaced by ***. Look at it before you send it.",
        .options = {{.names = "-o,--output",
                     .value = "FILE",
                     .help = "The file (default: gup-support-HOST-TIME.tar.gz)",
                     .takes = Takes::file,
                     .set = [](CommandLine& line, const std::string& word) { line.support_file = word; }}},
        .common = common_config | common_root | common_colour,
        .examples = {{"gup-agent support", "into the working folder"},
                     {"gup-agent support -o /tmp/facts.tar.gz", "into that file"}},
        .exits = {{0, "the file was written"}, {2, "the file exists or cannot be written"}, exit_interrupted},
    };
}

CommandRow lint_row() {
    const auto set_form = [](CommandLine& line, const std::string& word) {
        line.lint.form = word == "sarif" ? LintForm::sarif : word == "json" ? LintForm::json : LintForm::text;
    };
    return {
        .command = Command::lint,
        .name = "lint",
        .summary = "Check gupfiles, requirements, compose files and gup-agent.toml; needs no root and no network",
        .details =
            "For authors of connectors. Each mistake is shown with its line and a caret. No configuration is read, "
            "except the [python] rules of a file that -c names.",
        .arguments = {{.name = "FILE|FOLDER",
                       .help = "What to check (default: the working folder)",
                       .takes = Takes::path,
                       .amount = Amount::any,
                       .set = [](CommandLine& line, const std::string& word) { line.lint.paths.emplace_back(word); }}},
        .options = {{.names = "--format",
                     .value = "FORM",
                     .help = "The form of the report: text, json or sarif",
                     .takes = Takes::word,
                     .set = set_form,
                     .words = {"text", "json", "sarif"}},
                    {.names = "--sarif",
                     .value = "",
                     .help = "SARIF 2.1.0, for code hosts and CI",
                     .set = [](CommandLine& line, const std::string&) { line.lint.form = LintForm::sarif; }}},
        .common = common_config | common_json,
        .examples = {{"gup-agent lint", "the working folder"},
                     {"gup-agent lint smart-meter/gupfile /etc/gup-agent/gup-agent.toml", "two files"}},
        .exits = {{0, "there are no mistakes"},
                  {1, "there are mistakes"},
                  {2, "the command line is wrong, or a path could not be checked"}},
    };
}

CommandRow demo_row() {
    return {
        .command = Command::demo,
        .name = "demo",
        .summary = "Make a small gateway in a folder, and show the agent at work there",
        .details =
            "It needs no root, no server and no network. It makes git repositories and, where Python can make "
            "virtualenvs, a package. Then it runs add, check and now, a release that fails and is rolled back, and "
            "status. The folder stays, with a program gup-agent to try more.",
        .arguments = {{.name = "FOLDER",
                       .help = "The folder, which is created (default: gup-agent-demo)",
                       .takes = Takes::folder,
                       .amount = Amount::optional,
                       .set = [](CommandLine& line, const std::string& word) { line.demo_folder = word; }}},
        .common = common_colour,
        .examples = {{"gup-agent demo", "in the folder gup-agent-demo"},
                     {"gup-agent demo /tmp/gateway", "in another one, which does not exist yet"}},
        .exits = {{0, "the gateway was made, and all commands ended as they should"},
                  {2, "the folder exists, may not be used, or a command ended in another way"},
                  exit_interrupted},
    };
}

CommandRow schema_row() {
    return {
        .command = Command::schema,
        .name = "schema",
        .summary = "Print the JSON schema of a file, for editors",
        .arguments = {{.name = "FILE",
                       .help = "gupfile or gup-agent.toml",
                       .takes = Takes::word,
                       .set = [](CommandLine& line, const std::string& word) { line.schema_of = word; },
                       .words = {"gupfile", "gup-agent.toml"}}},
        .common = 0,
        .examples = {{"gup-agent schema gupfile", "for Taplo or VS Code"},
                     {"gup-agent schema gup-agent.toml", "of the configuration"}},
        .exits = {{0, "the schema was printed"}, {2, "the command line is wrong"}},
    };
}

CommandRow reference_row() {
    return {
        .command = Command::reference,
        .name = "reference",
        .summary = "Print a reference page as Markdown: commands, configuration or gupfile",
        .details = "The page is made from the tables that the program itself reads with.",
        .arguments = {{.name = "PAGE",
                       .help = "commands, configuration or gupfile",
                       .takes = Takes::word,
                       .set = [](CommandLine& line, const std::string& word) { line.reference_of = word; },
                       .words = {"commands", "configuration", "gupfile"}}},
        .common = 0,
        .examples = {{"gup-agent reference configuration", "every key of gup-agent.toml"},
                     {"gup-agent reference gupfile", "every key of a gupfile"}},
        .exits = {{0, "the page was printed"}, {2, "the command line is wrong"}},
    };
}

CommandRow completion_row() {
    return {
        .command = Command::completion,
        .name = "completion",
        .summary = "Print a shell's script that completes commands, names and ids",
        .details =
            "bash: source <(gup-agent completion bash), in ~/.bashrc.\n\n"
            "zsh: gup-agent completion zsh > a file _gup-agent in a folder of $fpath.\n\n"
            "fish: gup-agent completion fish > ~/.config/fish/completions/gup-agent.fish.\n\n"
            "The Debian package has installed all three.",
        .arguments = {{.name = "SHELL",
                       .help = "bash, zsh or fish",
                       .takes = Takes::word,
                       .set = [](CommandLine& line, const std::string& word) { line.shell = word; },
                       .words = {"bash", "zsh", "fish"}}},
        .common = 0,
        .examples = {{"gup-agent completion bash", "for ~/.bashrc"}, {"gup-agent completion fish", "for fish"}},
        .exits = {{0, "the script was printed"}, {2, "the command line is wrong"}},
    };
}

CommandRow complete_row() {
    return {
        .command = Command::complete,
        .name = "__complete",
        .summary = "Print names or ids for the completion of a shell",
        .arguments = {{.name = "KIND",
                       .help = "connectors, generations or releases",
                       .takes = Takes::word,
                       .set = [](CommandLine& line, const std::string& word) { line.kind = word; },
                       .words = {"connectors", "generations", "releases"}},
                      {.name = "NAME",
                       .help = "The connector, of ids",
                       .takes = Takes::connector,
                       .amount = Amount::optional,
                       .set = [](CommandLine& line, const std::string& word) { line.names = {word}; }}},
        .common = common_config | common_root,
        .exits = {{0, "always"}},
        .is_hidden = true,
    };
}

CommandRow help_row() {
    return {
        .command = Command::help,
        .name = "help",
        .summary = "Show all commands, or the help of one",
        .arguments = {{.name = "COMMAND",
                       .help = "The command, of a family both words (default: all commands)",
                       .takes = Takes::command,
                       .amount = Amount::any,
                       .set = [](CommandLine& line, const std::string& word) { line.names.push_back(word); }}},
        .common = 0,
        .examples = {{"gup-agent help", "all commands"}, {"gup-agent help release install", "one of them"}},
        .exits = {{0, "the help was shown"}, {2, "there is no such command"}},
    };
}

CommandRow version_row() {
    return {
        .command = Command::version,
        .name = "version",
        .summary = "Version, commit, target, linked libraries",
        .details = "\"gup-agent --version\" and \"gup-agent -V\" are the same.",
        .common = common_json,
        .examples = {{"gup-agent version", "for a person"}, {"gup-agent version --json", "for a program"}},
        .exits = {{0, "the version was shown"}, {2, "the command line is wrong"}},
    };
}

}  // namespace

std::vector<CommandRow> other_commands() {
    return {deploy_row(),
            {.name = "import", .summary = "Take over what another tool has configured or installed", .is_family = true},
            import_repo_deploy_row(),
            import_install_py_row(),
            import_script_row(),
            support_row(),
            lint_row(),
            demo_row(),
            schema_row(),
            reference_row(),
            completion_row(),
            complete_row(),
            help_row(),
            version_row()};
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "app/cli/setup_commands.hpp"

#include "app/cli/common_options.hpp"

namespace gup {
namespace {

CommandRow add_row() {
    return {
        .command = Command::add,
        .name = "add",
        .group = CommandGroup::set_up,
        .summary = "Clone a connector, create its virtualenv and install its pins",
        .details =
            "All or nothing: a failed add leaves no files. The key of a new SSH host is shown, stored and trusted.",
        .arguments = {{.name = "URL",
                       .help = "https://…, git@host:path, ssh://…, git://…, file://…, or a path",
                       .takes = Takes::folder,
                       .set = [](CommandLine& line, const std::string& word) { line.add.url = word; }}},
        .options = {{.names = "--name",
                     .value = "NAME",
                     .help = "The connector's name (default: the URL's last part)",
                     .set = [](CommandLine& line, const std::string& word) { line.add.name = word; }},
                    {.names = "--branch",
                     .value = "BRANCH",
                     .help = "The branch to follow (default: the repository's own)",
                     .set = [](CommandLine& line, const std::string& word) { line.add.branch = word; }},
                    {.names = "--host-key",
                     .value = "FINGERPRINT",
                     .help = "The only host key to trust, SHA256:…",
                     .set = [](CommandLine& line, const std::string& word) { line.add.host_key = word; }},
                    owner_option(),
                    {.names = "--requirements",
                     .value = "FILE",
                     .help = "The file that declares its packages, where the repository has no gupfile",
                     .set = [](CommandLine& line, const std::string& word) { line.add.requirements = word; }}},
        .examples = {{"gup-agent add https://github.com/example/smart-meter.git", "a public repository"},
                     {"gup-agent add git@git.example.org:meters/heat.git --name heat-meter --branch stable",
                      "a private one, after gup-agent deploy-key heat-meter"}},
        .exits = {{0, "the connector was added"},
                  {1, "it failed; nothing is left of it"},
                  {2, "the command line or the configuration is wrong, or the name is taken"},
                  exit_locked,
                  exit_unreachable,
                  exit_interrupted},
    };
}

CommandRow deploy_key_row() {
    return {
        .command = Command::deploy_key,
        .name = "deploy-key",
        .group = CommandGroup::set_up,
        .summary = "Show a connector's own SSH key; the first call creates it",
        .details = "The agent uses only this key for the connector's remote. The connector need not exist yet.",
        .arguments = {connector_argument("The connector, which need not exist yet")},
        .options = {owner_option()},
        .examples = {{"gup-agent deploy-key smart-meter", "the line for the repository's settings"},
                     {"gup-agent deploy-key heat-meter --owner pi", "of a connector that pi will own"}},
        .exits = {{0, "the key was shown"},
                  {2, "the command line or the configuration is wrong, or the key cannot be created or read"}},
    };
}

CommandRow adopt_row() {
    return {
        .command = Command::adopt,
        .name = "adopt",
        .group = CommandGroup::set_up,
        .summary = "Turn a git checkout into releases, and back",
        .details = "The folder becomes the first release, with everything in it, and a link takes its place.",
        .arguments = {connector_argument()},
        .options = {{.names = "--back",
                     .value = "",
                     .help = "The enabled release becomes the folder again",
                     .set = [](CommandLine& line, const std::string&) { line.adopt_into = AdoptInto::in_place; }}},
        .examples = {{"gup-agent adopt smart-meter", "from now on each update is a release"},
                     {"gup-agent adopt --back smart-meter", "an ordinary checkout again"}},
        .exits = {{0, "the connector has that layout"},
                  {2, "the command line or the configuration is wrong, or the connector cannot be adopted"},
                  exit_locked},
    };
}

CommandRow doctor_row() {
    return {
        .command = Command::doctor,
        .name = "doctor",
        .group = CommandGroup::set_up,
        .summary = "Check for problems of the next run, with a hint for each finding",
        .details = "Looks at the gateway, the configuration, the connectors and their remotes. It changes nothing.",
        .arguments = {connectors_argument()},
        .examples = {{"gup-agent doctor", "the gateway and all connectors"},
                     {"gup-agent doctor smart-meter", "the gateway and one connector"}},
        .exits = {{0, "no problem was found"},
                  {1, "there are findings; a wrong configuration is one, too"},
                  {2, "the command line is wrong"},
                  exit_interrupted},
    };
}

CommandRow init_row() {
    return {
        .command = Command::init,
        .name = "init",
        .group = CommandGroup::set_up,
        .summary = "Write a gupfile that pins what a folder has",
        .details = "A gupfile that exists is never replaced. Packages without one exact version become comments.",
        .arguments = {{.name = "FOLDER",
                       .help = "The connector's folder (default: the working folder)",
                       .takes = Takes::folder,
                       .amount = Amount::optional,
                       .set = [](CommandLine& line, const std::string& word) { line.init.folder = word; }}},
        .options = {{.names = "--from",
                     .value = "FILE|VIRTUALENV",
                     .help =
                         "A requirements.txt, pyproject.toml, lock file or virtualenv (default: what the folder has)",
                     .takes = Takes::path,
                     .set = [](CommandLine& line, const std::string& word) { line.init.from = word; }}},
        .common = common_json,
        .examples = {{"gup-agent init", "in the working folder"},
                     {"gup-agent init --from .venv smart-meter", "the packages of a virtualenv"}},
        .exits = {{0, "the gupfile was written"},
                  {2, "the command line is wrong, or the gupfile could not be written"}},
    };
}

}  // namespace

std::vector<CommandRow> setup_commands() {
    return {add_row(), deploy_key_row(), doctor_row(), adopt_row(), init_row()};
}

}  // namespace gup

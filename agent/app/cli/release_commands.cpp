// SPDX-License-Identifier: Apache-2.0
#include "app/cli/release_commands.hpp"

#include "app/cli/common_options.hpp"

namespace gup {
namespace {

OptionRow from_option() {
    return {.names = "--from",
            .value = "DIR|COMMIT",
            .help = "A folder, or a branch, tag or commit (default: the followed branch)",
            .takes = Takes::folder,
            .set = [](CommandLine& line, const std::string& word) { line.from = word; }};
}

CommandRow install_row() {
    return {
        .command = Command::release_install,
        .name = "release install",
        .group = CommandGroup::releases,
        .summary = "Build a release next to the running one, without enabling it",
        .details = "A release is the code without a repository, and a virtualenv with its pins.",
        .arguments = {connector_argument()},
        .options = {from_option(),
                    {.names = "--version",
                     .value = "ID",
                     .help = "The release's id (default: commit time, branch, hash)",
                     .set = [](CommandLine& line, const std::string& word) { line.version = word; }},
                    {.names = "--replace",
                     .value = "",
                     .help = "Replace a release of that id if it differs",
                     .set = [](CommandLine& line, const std::string&) { line.replaces = true; }}},
        .examples = {{"gup-agent release install smart-meter", "of the followed branch"},
                     {"gup-agent release install smart-meter --from v2.1 --version 2.1", "of a tag"}},
        .exits = {{0, "the release is installed"},
                  {1, "it failed; nothing has changed"},
                  exit_usage,
                  exit_locked,
                  exit_interrupted},
    };
}

Status check_enable(const CommandLine& line) {
    if (line.from.empty() || line.version.empty()) return {};
    return Error{ErrorCode::invalid_input, "--from and ID exclude each other: both name the release",
                 "give one of them"};
}

CommandRow enable_row() {
    CommandRow row{
        .command = Command::release_enable,
        .name = "release enable",
        .group = CommandGroup::releases,
        .summary = "Switch the connector's link to a release",
        .details = "Hooks run, the service is restarted and its health is checked.",
        .arguments = {connector_argument(),
                      {.name = "ID",
                       .help = "The release (default: that of the current commit)",
                       .takes = Takes::release,
                       .amount = Amount::optional,
                       .set = [](CommandLine& line, const std::string& word) { line.version = word; }}},
        .options = {from_option()},
        .examples = {{"gup-agent release enable smart-meter 2.1", "this release"},
                     {"gup-agent release enable smart-meter --from v2.1", "the installed release of a tag"}},
        .exits = {{0, "the release is enabled"},
                  {1, "it failed, was blocked or was rolled back; the old release is enabled"},
                  exit_usage,
                  exit_locked,
                  exit_interrupted},
        .check = check_enable,
    };
    for (OptionRow& one : hook_options()) row.options.push_back(std::move(one));
    return row;
}

CommandRow release_list_row() {
    return {
        .command = Command::release_list,
        .name = "release list",
        .group = CommandGroup::releases,
        .summary = "List the installed releases, newest first; * marks the enabled one",
        .arguments = {connector_argument()},
        .options = {{.names = "--sort",
                     .value = "ORDER",
                     .help = "By the time of installation (default), or by version",
                     .takes = Takes::word,
                     .set =
                         [](CommandLine& line, const std::string& word) {
                             line.release_order = word == "version" ? ReleaseOrder::version : ReleaseOrder::time;
                         },
                     .words = {"time", "version"}}},
        .examples = {{"gup-agent release list smart-meter", "the newest first"},
                     {"gup-agent release list smart-meter --sort version", "the latest version first"}},
        .exits = {{0, "the list was shown"},
                  {2, "the command line or the configuration is wrong, or there is no such connector"}},
    };
}

CommandRow prune_row() {
    return {
        .command = Command::release_prune,
        .name = "release prune",
        .group = CommandGroup::releases,
        .summary = "Remove old releases, but never the last two that were enabled",
        .arguments = {connector_argument()},
        .options = {{.names = "--keep",
                     .value = "N",
                     .help = "The number of releases to keep (default: update.keep)",
                     .takes = Takes::number,
                     .set = [](CommandLine& line, const std::string& word) { line.keep = std::stoul(word); }}},
        .examples = {{"gup-agent release prune smart-meter", "keeps update.keep releases"},
                     {"gup-agent release prune smart-meter --keep 2", "keeps two"}},
        .exits = {{0, "the old releases are removed"}, exit_usage, exit_locked},
    };
}

}  // namespace

std::vector<CommandRow> release_commands() {
    return {{.name = "release",
             .group = CommandGroup::releases,
             .summary = "Versioned releases: install, enable, list, prune",
             .is_family = true},
            install_row(),
            enable_row(),
            release_list_row(),
            prune_row()};
}

}  // namespace gup

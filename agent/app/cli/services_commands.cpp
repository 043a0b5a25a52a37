// SPDX-License-Identifier: Apache-2.0
#include "app/cli/services_commands.hpp"

namespace gup {
namespace {

OptionRow folder_option() {
    return {.names = "--services-dir",
            .value = "DIR",
            .help = "Folder with a folder for each stack (default: ./services)",
            .takes = Takes::folder,
            .set = [](CommandLine& line, const std::string& word) { line.services.folder = word; }};
}

OptionRow affected_option() {
    return {.names = "--affected-services",
            .value = "NAMES",
            .help = "Stacks, separated by blanks; may be repeated",
            .set = [](CommandLine& line, const std::string& word) { line.services.affected.push_back(word); },
            .is_repeatable = true};
}

// How compose files are read, and units are written.
std::vector<OptionRow> rendering_options() {
    return {{.names = "--vars-json",
             .value = "JSON",
             .help = "Variables of compose files (default: $VARS_JSON_STR); never shown",
             .set = [](CommandLine& line, const std::string& word) { line.services.variables = word; }},
            {.names = "--env-file",
             .value = "FILE",
             .help = "A file of variables, before those of the stack and the repository; may be repeated",
             .takes = Takes::file,
             .set = [](CommandLine& line, const std::string& word) { line.services.env_files.emplace_back(word); },
             .is_repeatable = true},
            {.names = "--profile",
             .value = "NAME",
             .help = "Enable services of a profile; may be repeated",
             .set = [](CommandLine& line, const std::string& word) { line.services.profiles.push_back(word); },
             .is_repeatable = true},
            {.names = "--podman-version",
             .value = "VERSION",
             .help = "Of the machine that gets the units (default: of this one)",
             .set = [](CommandLine& line, const std::string& word) { line.services.podman_version = word; }},
            {.names = "--prefix",
             .value = "TEXT",
             .help = "Of the names of units and containers (default: the stack's name and '-')",
             .set = [](CommandLine& line, const std::string& word) { line.services.prefix = word; }},
            {.names = "--meta-target",
             .value = "TARGET",
             .help = "A target that the containers are a part of",
             .set = [](CommandLine& line, const std::string& word) { line.services.target = word; }},
            {.names = "--deploy-services",
             .value = "NAMES",
             .help = "Only these compose services, separated by commas (default: all)",
             .set = [](CommandLine& line, const std::string& word) { line.services.deployed = word; }}};
}

CommandRow convert_row() {
    const auto add_file = [](CommandLine& line, const std::string& word) { line.services.files.emplace_back(word); };
    auto options = rendering_options();
    options.push_back({.names = "-f,--file",
                       .value = "FILE",
                       .help = "The same as an argument, as docker compose has it; may be repeated",
                       .set = add_file,
                       .is_repeatable = true});
    return {
        .command = Command::services_convert,
        .name = "services convert",
        .group = CommandGroup::containers,
        .summary = "Show the Quadlet units of a compose file",
        .details = "Several files are merged in their order, as compose does. A folder means the compose files in it.",
        .arguments = {{.name = "FILE",
                       .help = "Compose files, or a folder with some (default: the working folder)",
                       .takes = Takes::path,
                       .amount = Amount::any,
                       .set = add_file}},
        .options = std::move(options),
        .common = common_json | common_colour,
        .examples = {{"gup-agent services convert compose.yaml", "the units, for the podman of this machine"},
                     {"gup-agent services convert --podman-version 4.9 compose.yaml", "for another machine"}},
        .exits = {{0, "the units were shown"},
                  {1, "a compose file has a mistake"},
                  {2, "the command line is wrong, or a file cannot be read"}},
    };
}

CommandRow determine_row() {
    return {
        .command = Command::services_determine,
        .name = "services determine-changes",
        .group = CommandGroup::containers,
        .summary = "Name the stacks that changed files affect, and nothing else",
        .details =
            "A stack is affected by a change in its folder, and in every file that its compose files read: include, "
            "extends, env_file, configs, secrets, mounts. Removed stacks are named, too.",
        .options =
            {{.names = "--changed-files",
              .value = "PATHS",
              .help = "Paths in the repository, separated by blanks or newlines; may be repeated",
              .set = [](CommandLine& line, const std::string& word) { line.services.changed_files.push_back(word); },
              .is_repeatable = true},
             {.names = "--assume-values-changed",
              .value = "",
              .help = "Without changed files: all stacks are affected",
              .set = [](CommandLine& line, const std::string&) { line.services.assumes_values_changed = true; }},
             {.names = "--global-files",
              .value = "PATHS",
              .help = "Files and folders whose change affects all stacks; may be repeated",
              .set = [](CommandLine& line, const std::string& word) { line.services.global_files.push_back(word); },
              .is_repeatable = true},
             folder_option()},
        .common = common_json | common_colour,
        .examples = {{"gup-agent services determine-changes --changed-files services/gw/compose.yaml", "prints gw"},
                     {"gup-agent services determine-changes --assume-values-changed", "when variables changed"}},
        .exits = {{0, "the names were printed, on one line; it is empty when there are none"},
                  {2, "the command line is wrong, or there is no such folder"}},
    };
}

CommandRow generate_row() {
    CommandRow row{
        .command = Command::services_generate,
        .name = "services generate-units",
        .group = CommandGroup::containers,
        .summary = "Write the Quadlet units of stacks into a folder",
        .details =
            "All or nothing: with one mistake no file changes. Units of removed stacks go. .gup-units.json in the "
            "folder "
            "lists the units that this command made; all others are left alone.",
        .options = {affected_option(),
                    folder_option(),
                    {.names = "--output-dir",
                     .value = "DIR",
                     .help = "Folder of the units (default: that of Quadlet)",
                     .takes = Takes::folder,
                     .set = [](CommandLine& line, const std::string& word) { line.services.output = word; }},
                    {.names = "--check",
                     .value = "",
                     .help = "Write nothing; show which files would change",
                     .set = [](CommandLine& line, const std::string&) { line.services.only_checks = true; }}},
        .common = common_json | common_colour,
        .examples = {{"gup-agent services generate-units --affected-services mqtt", "into the folder of Quadlet"},
                     {"gup-agent services generate-units --affected-services mqtt --output-dir units --check",
                      "what it would write"}},
        .exits = {{0, "the units are written, or nothing was asked for"},
                  {1, "a compose file has a mistake, or a file could not be written; nothing has changed"},
                  {2, "the command line is wrong"},
                  {10, "with --check: files would change"}},
    };
    for (OptionRow& one : rendering_options()) row.options.push_back(std::move(one));
    return row;
}

}  // namespace

std::vector<CommandRow> services_commands() {
    return {{.name = "services",
             .group = CommandGroup::containers,
             .summary = "Containers of compose files: convert, generate, restart",
             .is_family = true},
            convert_row(),
            determine_row(),
            generate_row()};
}

}  // namespace gup

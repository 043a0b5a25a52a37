// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command_table.hpp"

#include <algorithm>

#include "app/cli/daily_commands.hpp"
#include "app/cli/look_commands.hpp"
#include "app/cli/other_commands.hpp"
#include "app/cli/release_commands.hpp"
#include "app/cli/service_commands.hpp"
#include "app/cli/services_commands.hpp"
#include "app/cli/services_unit_commands.hpp"
#include "app/cli/setup_commands.hpp"

namespace gup {
namespace {

std::vector<CommandRow> all_rows() {
    std::vector<CommandRow> rows;
    for (const auto& make : {daily_commands, daily_look_commands, setup_commands, setup_look_commands, release_commands,
                             services_commands, services_unit_commands, service_commands, other_commands}) {
        for (CommandRow& row : make()) rows.push_back(std::move(row));
    }
    return rows;
}

ColourChoice colour_of(const std::string& word) {
    if (word == "always") return ColourChoice::always;
    return word == "never" ? ColourChoice::never : ColourChoice::automatic;
}

std::vector<OptionRow> make_common_options() {
    return {
        {.names = "-c,--config",
         .value = "FILE",
         .help = "Configuration file",
         .takes = Takes::file,
         .set = [](CommandLine& line, const std::string& word) { line.config = word; }},
        {.names = "--root",
         .value = "DIR",
         .help = "Folder that contains the connectors",
         .takes = Takes::folder,
         .set = [](CommandLine& line, const std::string& word) { line.root = word; }},
        {.names = "-v,--verbose",
         .value = "",
         .help = "Show the whole log on stderr",
         .set = [](CommandLine& line, const std::string&) { line.verbosity = Verbosity::verbose; }},
        {.names = "--json",
         .value = "",
         .help = "Machine-readable output (docs/json.md)",
         .set = [](CommandLine& line, const std::string&) { line.form = OutputForm::json; }},
        {.names = "--color,--colour",
         .value = "WHEN",
         .help = "Colours: auto (on a terminal), always or never",
         .takes = Takes::word,
         .set = [](CommandLine& line, const std::string& word) { line.colour = colour_of(word); },
         .words = {"auto", "always", "never"}},
        {.names = "--no-color,--no-colour",
         .value = "",
         .help = "Plain text: --color=never",
         .set = [](CommandLine& line, const std::string&) { line.colour = ColourChoice::never; }},
    };
}

}  // namespace

const std::vector<CommandRow>& command_rows() {
    static const std::vector<CommandRow> rows = all_rows();
    return rows;
}

const CommandRow* find_command(std::string_view name) {
    const auto& rows = command_rows();
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const CommandRow& row) {
        return row.name == name || std::find(row.aliases.begin(), row.aliases.end(), name) != row.aliases.end();
    });
    return found == rows.end() ? nullptr : &*found;
}

const CommandRow& row_of(Command command) {
    const auto& rows = command_rows();
    const auto found = std::find_if(rows.begin(), rows.end(),
                                    [&](const CommandRow& row) { return row.command == command && !row.is_family; });
    return found == rows.end() ? rows.front() : *found;
}

const std::vector<OptionRow>& common_options() {
    static const std::vector<OptionRow> options = make_common_options();
    return options;
}

std::vector<const OptionRow*> common_options_of(const CommandRow& row) {
    const std::vector<unsigned> bits{common_config, common_root,   common_verbose,
                                     common_json,   common_colour, common_colour};  // in the order of common_options()
    std::vector<const OptionRow*> options;
    for (std::size_t i = 0; i < bits.size(); ++i) {
        if ((row.common & bits[i]) != 0) options.push_back(&common_options()[i]);
    }
    return options;
}

std::string_view title_of(CommandGroup group) {
    switch (group) {
        case CommandGroup::daily:
            return "Daily use";
        case CommandGroup::set_up:
            return "Set up";
        case CommandGroup::releases:
            return "Releases";
        case CommandGroup::containers:
            return "Containers";
        case CommandGroup::service:
            return "Service";
        case CommandGroup::other:
            break;
    }
    return "Other";
}

std::string usage_of(const CommandRow& row) {
    std::string usage = "gup-agent " + std::string(row.name);
    if (row.is_family) return usage + " COMMAND";
    for (const OptionRow& option : row.options) {
        if (option.is_required) usage += " " + names_of(option).back() + " " + std::string(option.value);
    }
    usage += " [OPTIONS]";
    for (const ArgumentRow& argument : row.arguments) {
        const std::string name(argument.name);
        if (argument.amount == Amount::one) usage += " " + name;
        if (argument.amount == Amount::optional) usage += " [" + name + "]";
        if (argument.amount == Amount::any) usage += " [" + name + "]...";
    }
    return usage;
}

std::vector<std::string> names_of(const OptionRow& option) {
    std::vector<std::string> names;
    std::string_view rest = option.names;
    while (!rest.empty()) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        names.emplace_back(rest.substr(0, comma));
        rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    return names;
}

bool has_name(const OptionRow& option, std::string_view name) {
    const auto names = names_of(option);
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace gup

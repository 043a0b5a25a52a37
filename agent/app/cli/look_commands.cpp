// SPDX-License-Identifier: Apache-2.0
#include "app/cli/look_commands.hpp"

#include <string>

#include "app/cli/common_options.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

OptionRow lines_option(std::string_view help) {
    return {.names = "-n,--lines",
            .value = "NUMBER",
            .help = help,
            .takes = Takes::number,
            .set = [](CommandLine& line, const std::string& word) { line.lines = number_in<std::size_t>(word); }};
}

CommandRow history_row() {
    return {
        .command = Command::history,
        .name = "history",
        .group = CommandGroup::daily,
        .summary = "Show what happened to the connectors, newest first",
        .details = "When, the outcome, the commits before and after, who started it, and the reason or the changes.",
        .arguments = {connectors_argument()},
        .options = {lines_option("At most so many entries; 0: all (default: 50)")},
        .examples = {{"gup-agent history", "the last changes and failures of all connectors"},
                     {"gup-agent history smart-meter -n 0", "all that is known of one"}},
        .exits = {{0, "the history was shown"}, exit_usage},
    };
}

CommandRow logs_row() {
    return {
        .command = Command::logs,
        .name = "logs",
        .group = CommandGroup::daily,
        .summary = "Show the log of a connector and of its service",
        .details =
            "Lines of gup.log, also of rotated files, and of the journal of the connector's service, by time. Without "
            "a name: all of gup.log.",
        .arguments = {{.name = "NAME",
                       .help = "Only this connector",
                       .takes = Takes::connector,
                       .amount = Amount::optional,
                       .set = [](CommandLine& line, const std::string& word) { line.names = {word}; }}},
        .options = {{.names = "-f,--follow",
                     .value = "",
                     .help = "Go on until Ctrl-C",
                     .set = [](CommandLine& line, const std::string&) { line.follows = true; }},
                    {.names = "--since",
                     .value = "WHEN",
                     .help = "Nothing older than this: 12h, 2d, 2026-12-24",
                     .set = [](CommandLine& line, const std::string& word) { line.since = word; }},
                    lines_option("At most so many lines; 0: all (default: 100)")},
        .examples = {{"gup-agent logs smart-meter --since 2d", "the last two days of one connector"},
                     {"gup-agent logs -f", "what the agent does now"}},
        .exits = {{0, "the log was shown"}, exit_usage, exit_interrupted},
    };
}

ArgumentRow held_connectors() {
    return {.name = "NAME",
            .help = "A connector",
            .takes = Takes::connector,
            .amount = Amount::one,
            .set = [](CommandLine& line, const std::string& word) { line.names.push_back(word); }};
}

ArgumentRow more_connectors() {
    ArgumentRow row = held_connectors();
    row.help = "More connectors";
    row.amount = Amount::any;
    return row;
}

CommandRow hold_row() {
    return {
        .command = Command::hold,
        .name = "hold",
        .group = CommandGroup::daily,
        .summary = "Leave connectors as they are, until a date or unhold",
        .details =
            "No run changes a connector that is on hold, and none asks its remote. rollback, release enable and other "
            "commands that name it still work.",
        .arguments = {held_connectors(), more_connectors()},
        .options = {{.names = "--for",
                     .value = "SPAN",
                     .help = "For so long: 12h, 7d, 2w (default: until unhold)",
                     .set = [](CommandLine& line, const std::string& word) { line.hold.span = word; }},
                    {.names = "--until",
                     .value = "DATE",
                     .help = "Until then: 2026-12-24, \"2026-12-24 18:00\"",
                     .set = [](CommandLine& line, const std::string& word) { line.hold.until = word; }},
                    {.names = "--reason",
                     .value = "TEXT",
                     .help = "Why; status shows it",
                     .set = [](CommandLine& line, const std::string& word) { line.hold.reason = word; }}},
        .examples = {{"gup-agent hold smart-meter --for 7d --reason \"the meter is replaced\"", "for a week"},
                     {"gup-agent hold heat-meter boiler", "both, until gup-agent unhold"}},
        .exits = {{0, "the connectors are on hold"}, exit_usage},
    };
}

CommandRow unhold_row() {
    return {
        .command = Command::unhold,
        .name = "unhold",
        .group = CommandGroup::daily,
        .summary = "Let runs update connectors again",
        .details = "The next run updates them. gup-agent now does it at once.",
        .arguments = {held_connectors(), more_connectors()},
        .examples = {{"gup-agent unhold smart-meter", "the next run updates it"},
                     {"gup-agent unhold heat-meter boiler", "both"}},
        .exits = {{0, "no hold of them is left"}, exit_usage},
    };
}

CommandRow list_row() {
    return {
        .command = Command::list,
        .name = "list",
        .group = CommandGroup::set_up,
        .summary = "List the connectors with their sources and owners",
        .arguments = {connectors_argument()},
        .examples = {{"gup-agent list", "all connectors"}, {"gup-agent list --json", "the same for a program"}},
        .exits = {{0, "the list was shown"}, exit_usage},
    };
}

CommandRow remove_row() {
    return {
        .command = Command::remove,
        .name = "remove",
        .group = CommandGroup::set_up,
        .summary = "Take a connector away",
        .details =
            "Shows what it removes, and asks. It removes the folder or link, the virtualenv, the generations, the "
            "deploy key, the hold and the status. Links are never followed. The service is not stopped: the command "
            "for that is shown.\n\n"
            "It refuses if local changes or commits would be lost.",
        .arguments = {connector_argument()},
        .options = {{.names = "--keep-data",
                     .value = "",
                     .help = "Leave the folder, or the persisted data of releases",
                     .set = [](CommandLine& line, const std::string&) { line.removal.keeps_data = true; }},
                    {.names = "-y,--yes",
                     .value = "",
                     .help = "Do not ask",
                     .set = [](CommandLine& line, const std::string&) { line.removal.is_confirmed = true; }},
                    {.names = "--force",
                     .value = "",
                     .help = "Also if local work is lost",
                     .set = [](CommandLine& line, const std::string&) { line.removal.is_forced = true; }}},
        .examples = {{"gup-agent remove smart-meter", "asks first"},
                     {"gup-agent remove smart-meter --keep-data --yes", "from a script; its files stay"}},
        .exits = {{0, "the connector was removed"},
                  {1, "you did not confirm it, and nothing was removed"},
                  {2, "the command line is wrong, there is no such connector, or local work would be lost"},
                  exit_locked},
    };
}

}  // namespace

std::vector<CommandRow> daily_look_commands() {
    return {history_row(), logs_row(), hold_row(), unhold_row()};
}

std::vector<CommandRow> setup_look_commands() {
    return {list_row(), remove_row()};
}

}  // namespace gup

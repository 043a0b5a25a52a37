// SPDX-License-Identifier: Apache-2.0
#include "app/cli/daily_commands.hpp"

#include "app/cli/common_options.hpp"

namespace gup {
namespace {

CommandRow status_row() {
    return {
        .command = Command::status,
        .name = "status",
        .group = CommandGroup::daily,
        .summary = "Show the running versions and the last outcomes",
        .details =
            "Reads what the last runs have recorded. It asks no remote and changes nothing. With a name it shows "
            "generations, pins, quarantine, the state of the service and the last log lines.",
        .arguments = {connectors_argument()},
        .options = {{.names = "--exit-code",
                     .value = "",
                     .help = "End with 1 or 4 if a connector is not as it should be",
                     .set = [](CommandLine& line, const std::string&) { line.judges = true; }}},
        .examples = {{"gup-agent status", "a line for each connector, and the next run"},
                     {"gup-agent status smart-meter", "all that is known of one connector"}},
        .exits = {{0, "the status was shown"},
                  {1, "with --exit-code: a connector failed or was blocked, or a rollback is its last change"},
                  exit_usage,
                  {4, "with --exit-code: no remote could be reached"}},
    };
}

CommandRow check_row() {
    return {
        .command = Command::check,
        .name = "check",
        .group = CommandGroup::daily,
        .summary = "Show what \"now\" would do; changes nothing",
        .details = "Asks the remotes and compares them with the connectors. \"gup-agent now --dry-run\" is the same.",
        .arguments = {connectors_argument()},
        .examples = {{"gup-agent check", "what the next run would do"},
                     {"gup-agent check smart-meter --json", "the same of one connector, for a program"}},
        .exits = {{0, "there is nothing to do"},
                  {1, "a connector could not be checked, or cannot be updated"},
                  exit_usage,
                  exit_unreachable,
                  {10, "there is something to do"},
                  exit_interrupted},
    };
}

CommandRow now_row() {
    CommandRow row{
        .command = Command::now,
        .name = "now",
        .group = CommandGroup::daily,
        .summary = "Update connectors at once; no delay, no reboot",
        .details =
            "Brings code and virtualenv of each connector to what its remote and its gupfile say. Local work is "
            "never overwritten.\n\n"
            "A connector that is named is also updated outside its maintenance window, and its pins that were not "
            "available are tried again.",
        .aliases = {"update"},
        .arguments = {connectors_argument()},
        .options = {{.names = "--dry-run",
                     .value = "",
                     .help = "Change nothing, and show what it would do: the same as check",
                     .set = [](CommandLine& line, const std::string&) { line.command = Command::check; }},
                    {.names = "--retry",
                     .value = "",
                     .help = "Also try releases that were rolled back, of the named connectors",
                     .set = [](CommandLine& line, const std::string&) { line.quarantine = Quarantine::retry; }}},
        .examples = {{"gup-agent now", "all connectors"},
                     {"gup-agent now --retry smart-meter", "also a release that was rolled back"}},
        .exits = {exit_fine,
                  exit_failed,
                  exit_usage,
                  exit_locked,
                  exit_unreachable,
                  {10, "with --dry-run: there is something to do"},
                  exit_interrupted},
    };
    for (OptionRow& one : hook_options()) row.options.push_back(std::move(one));
    return row;
}

CommandRow rollback_row() {
    CommandRow row{
        .command = Command::rollback,
        .name = "rollback",
        .group = CommandGroup::daily,
        .summary = "Go back to the previous generation, or to the named one; needs no network",
        .details =
            "Code and virtualenv go back together. Hooks run, the service is restarted and its health is checked. "
            "The release that was left is skipped until a newer commit appears.",
        .arguments = {connector_argument(),
                      {.name = "ID",
                       .help = "The generation (default: the one before the running one)",
                       .takes = Takes::generation,
                       .amount = Amount::optional,
                       .set = [](CommandLine& line, const std::string& word) { line.generation = word; }}},
        .options = hook_options(),
        .examples = {{"gup-agent rollback smart-meter --list", "the generations to choose from"},
                     {"gup-agent rollback smart-meter 2026-11-29_22_28-main-bcb3d26", "to this version"}},
        .exits = {{0, "the connector has that generation"},
                  {1, "the rollback failed or was blocked; nothing has changed"},
                  {2, "the command line or the configuration is wrong, or there is no such generation"},
                  exit_locked,
                  exit_interrupted},
    };
    row.options.push_back({.names = "--list",
                           .value = "",
                           .help = "Only list the generations, with the running one and those in quarantine",
                           .set = [](CommandLine& line, const std::string&) { line.lists = true; }});
    return row;
}

}  // namespace

std::vector<CommandRow> daily_commands() {
    return {status_row(), check_row(), now_row(), rollback_row()};
}

}  // namespace gup

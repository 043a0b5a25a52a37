// SPDX-License-Identifier: Apache-2.0
#include "app/cli/services_unit_commands.hpp"

#include <fmt/format.h>

#include "util/units.hpp"

namespace gup {
namespace {

OptionRow affected(std::string_view names, std::string_view help) {
    return {.names = names,
            .value = "NAMES",
            .help = help,
            .set = [](CommandLine& line, const std::string& word) { line.services.affected.push_back(word); },
            .is_repeatable = true};
}

OptionRow units_folder_option() {
    return {.names = "--units-dir",
            .value = "DIR",
            .help = "Folder of the units (default: that of Quadlet)",
            .takes = Takes::folder,
            .set = [](CommandLine& line, const std::string& word) { line.services.units = word; }};
}

OptionRow user_option() {
    return {.names = "--user",
            .value = "",
            .help = "Units and containers of the calling user; the default unless that is root",
            .set = [](CommandLine& line, const std::string&) { line.services.of_user = true; }};
}

OptionRow within_option() {
    return {.names = "--within",
            .value = "TIME",
            .help = "All units must be up after this time (default: 60s)",
            .set = [](CommandLine& line, const std::string& word) { line.services.within_text = word; }};
}

Status check_within(const CommandLine& line) {
    const std::string& text = line.services.within_text;
    const auto time = text.empty() ? std::optional<Milliseconds>(Milliseconds{60'000}) : parse_duration(text);
    if (time && time->count() > 0) return {};
    return Error{ErrorCode::invalid_input, fmt::format("--within {} is no time", text),
                 "write a time like 90s, 5m or 1h"};
}

constexpr std::string_view stacks_help = "Stacks, separated by blanks; may be repeated";

CommandRow pull_row() {
    return {
        .command = Command::services_pull,
        .name = "services pull-images",
        .group = CommandGroup::containers,
        .summary = "Download the images of stacks",
        .details =
            "Of the units in the folder, so that a restart does not wait for a download. A failed download is tried "
            "again.",
        .options = {affected("--affected-services", stacks_help), units_folder_option(), user_option()},
        .common = common_json | common_colour,
        .examples = {{"gup-agent services pull-images --affected-services mqtt --affected-services grafana",
                      "the images of two stacks"},
                     {"gup-agent services pull-images --user --affected-services mqtt --units-dir units",
                      "of the units in another folder"}},
        .exits = {{0, "all images are there"},
                  {1, "an image could not be downloaded"},
                  {2, "the command line is wrong"}},
    };
}

CommandRow restart_row() {
    return {
        .command = Command::services_restart,
        .name = "services restart",
        .group = CommandGroup::containers,
        .summary = "Restart stacks and what depends on them, in order",
        .details =
            "Reloads the units first. Each unit is restarted once, after what it needs. Units that depend on them and "
            "that "
            "run, or failed, are started again. Units whose file is gone are stopped. At the end, all must be up and "
            "stay "
            "so.",
        .options = {affected("--affected-services", stacks_help), units_folder_option(), user_option(),
                    within_option()},
        .common = common_json | common_colour,
        .examples = {{"gup-agent services restart --affected-services mqtt", "one stack"},
                     {"gup-agent services restart --affected-services grafana --within 5m",
                      "an image with a slow start"}},
        .exits = {{0, "all units are up"},
                  {1, "a unit is missing, failed, or was not up in time"},
                  {2, "the command line is wrong"}},
        .check = check_within,
    };
}

CommandRow stack_status_row() {
    return {
        .command = Command::services_status,
        .name = "services status",
        .group = CommandGroup::containers,
        .summary = "Show the units of stacks, their health and images",
        .options = {affected("--services-to-check", "Stacks, separated by blanks (default: all)"),
                    units_folder_option(), user_option()},
        .common = common_json | common_colour,
        .examples = {{"gup-agent services status", "all stacks"},
                     {"gup-agent services status --json --services-to-check mqtt", "one, for a program"}},
        .exits = {{0, "all units are up and healthy"},
                  {1, "a unit is not, or a stack has none"},
                  {2, "the command line is wrong"}},
    };
}

// The utility's words for the last two.
CommandRow manage_row() {
    return {
        .command = Command::services_manage,
        .name = "services manage-services",
        .group = CommandGroup::containers,
        .summary = "Restart or status, in the words of the release utility",
        .arguments = {{.name = "ACTION",
                       .help = "restart or status",
                       .takes = Takes::word,
                       .set = [](CommandLine& line, const std::string& word) { line.services.action = word; },
                       .words = {"restart", "status"}}},
        .options = {affected("--affected-services", stacks_help),
                    affected("--services-to-check", "The same, of status"), units_folder_option(), user_option(),
                    within_option()},
        .common = common_json | common_colour,
        .examples = {{"gup-agent services manage-services restart --affected-services mqtt", "as services restart"},
                     {"gup-agent services manage-services status --services-to-check mqtt", "as services status"}},
        .exits = {{0, "all units are up"},
                  {1, "a unit is missing, failed, or was not up in time"},
                  {2, "the command line is wrong"}},
        .check = check_within,
    };
}

}  // namespace

std::vector<CommandRow> services_unit_commands() {
    return {pull_row(), restart_row(), stack_status_row(), manage_row()};
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "app/cli/service_commands.hpp"

#include "app/cli/common_options.hpp"

namespace gup {
namespace {

CommandRow run_row() {
    return {
        .command = Command::run,
        .name = "run",
        .group = CommandGroup::service,
        .summary = "The scheduled run: random delay, all connectors, reboot if asked for",
        .details = "For cron and timers. A person uses \"gup-agent now\", which does not wait and never reboots.",
        .options = hook_options(),
        .examples = {{"gup-agent run", "as the timer does"},
                     {"gup-agent run --json", "the same, with a line of JSON for each event"}},
        .exits = {exit_fine,
                  {1, "a connector failed, was blocked or was rolled back, or a needed reboot failed"},
                  exit_usage,
                  exit_locked,
                  exit_unreachable,
                  exit_interrupted},
    };
}

CommandRow daemon_row() {
    return {
        .command = Command::daemon,
        .name = "daemon",
        .group = CommandGroup::service,
        .summary = "Stay resident, and run on the schedule of the configuration",
        .details =
            "As a service: systemctl enable --now gup-agent-daemon.service. SIGTERM ends it, SIGHUP reads the "
            "configuration again, SIGUSR1 starts a run at once.",
        .examples = {{"gup-agent daemon", "in the foreground"},
                     {"gup-agent daemon -v", "the same, with the whole log"}},
        .exits = {{0, "SIGTERM or SIGINT ended it"}, exit_usage, {3, "another daemon is active"}},
    };
}

CommandRow recover_row() {
    return {
        .command = Command::recover,
        .name = "recover",
        .group = CommandGroup::service,
        .summary = "Undo or finish changes that a crash interrupted",
        .details = "Every run does this first. After a boot, it does so before the services start.",
        .examples = {{"gup-agent recover", "after a power cut"},
                     {"gup-agent recover --json", "the same, for a program"}},
        .exits = {exit_fine, {1, "a connector could not be recovered"}, exit_usage, exit_locked},
    };
}

CommandRow self_update_row() {
    return {
        .command = Command::self_update,
        .name = "self-update",
        .group = CommandGroup::service,
        .summary = "Update this program itself",
        .details = "From self-update.url, signed with one of self-update.public-keys.",
        .options = {{.names = "--check",
                     .value = "",
                     .help = "Only show what it would do",
                     .set = [](CommandLine& line, const std::string&) { line.update_mode = UpdateMode::check; }}},
        .examples = {{"gup-agent self-update --check", "is there a new version?"},
                     {"gup-agent self-update", "install it"}},
        .exits = {{0, "the program is up to date"},
                  {1, "the offered version was refused"},
                  {2, "the command line or the configuration is wrong, or self-update.url is not set"},
                  exit_locked,
                  {4, "the server could not be reached"},
                  {10, "with --check: a new version is available"}},
    };
}

CommandRow self_test_row() {
    return {
        .command = Command::self_test,
        .name = "self-test",
        .group = CommandGroup::service,
        .summary = "Test that a new version of this program must pass before it is used",
        .details = "The configuration parses, TLS works, and the state is readable.",
        .common = common_config | common_root,
        .examples = {{"gup-agent self-test", "with this gateway's configuration"},
                     {"gup-agent self-test -c new.toml", "with another one"}},
        .exits = {{0, "the test is passed"}, {1, "a part of it failed"}, exit_usage},
    };
}

CommandRow self_uninstall_row() {
    return {
        .command = Command::self_uninstall,
        .name = "self-uninstall",
        .group = CommandGroup::service,
        .summary = "Take a portable agent away; the connectors stay",
        .details =
            "Without --yes it only shows what it would remove: the program, its log and state, and its lines of your "
            "crontab. The connectors, their virtualenvs and their generations stay. The configuration, deploy keys "
            "and known hosts stay, too, without --purge. For a package use apt.",
        .options = {{.names = "--portable",
                     .value = "",
                     .help = "The agent next to the connectors, which is the only one that it can remove",
                     .set = [](CommandLine&, const std::string&) {}},
                    {.names = "--purge",
                     .value = "",
                     .help = "Also remove gup-agent.toml, deploy keys and known hosts",
                     .set = [](CommandLine& line, const std::string&) { line.purges = true; }},
                    {.names = "-y,--yes",
                     .value = "",
                     .help = "Do it",
                     .set = [](CommandLine& line, const std::string&) { line.is_certain = true; }}},
        .common = common_config | common_colour,
        .examples = {{"gup-agent self-uninstall --portable", "what would be removed"},
                     {"gup-agent self-uninstall --portable --yes", "remove it"}},
        .exits = {{0, "it was removed, or shown"},
                  {2, "it belongs to a package, a daemon runs, or a change is not finished"},
                  exit_locked},
    };
}

}  // namespace

std::vector<CommandRow> service_commands() {
    return {run_row(), daemon_row(), recover_row(), self_update_row(), self_test_row(), self_uninstall_row()};
}

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// The units of stacks in a folder of Quadlet files, written by the agent or by a person.
#pragma once

#include <string>
#include <vector>

#include "app/cli/command_line.hpp"
#include "host/podman/podman.hpp"
#include "host/units/services.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// What starts containers: a .container, .kube or .pod file.
struct DeployedUnit {
    std::string file;          // "gw-web.container"
    std::string unit;          // "gw-web.service"
    std::string image{};       // Image=; empty for pods
    std::string platform{};    // --platform= of PodmanArgs=
    bool never_pulls = false;  // Pull=never
};

struct DeployedStack {
    std::string name;
    std::vector<DeployedUnit> units{};  // sorted by file
};

struct DeployedStacks {
    fs::path folder{};
    std::vector<DeployedStack> stacks{};
    std::vector<std::string> unknown{};  // names without a unit

    [[nodiscard]] UnitNames units() const;
};

// From the text of a Quadlet file; nullopt: it starts no container, or is a template.
[[nodiscard]] std::optional<DeployedUnit> deployed_unit(const std::string& file, const std::string& text);

// The stacks `names` in the folder: by the list of generate-units, else the file of that name (NAME.container). Without
// names: all of the list. A missing folder has no stacks.
[[nodiscard]] Result<DeployedStacks> deployed_stacks(const fs::path& folder, const std::vector<std::string>& names);

// Of the command line: --units-dir, else where Quadlet looks; the units and containers of the system, or with --user, as a
// plain user and in the utility's form, of this process's user.
[[nodiscard]] fs::path folder_of_units(const CommandLine& line);
[[nodiscard]] Systemd systemd_for(const CommandLine& line);
[[nodiscard]] Podman podman_for(const CommandLine& line);

// An error that ends a command with 1: it was asked for the right thing, and could not do it.
ExitCode fail_command(const CommandLine& line, const Error& error);

// The error of a question about units; one that systemd does not run at all is told as that.
[[nodiscard]] Error units_error(const Error& error, const Systemd& systemd);

// A remark for each name without a unit.
void tell_of_unknown(const CommandLine& line, const DeployedStacks& stacks);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// The arguments of the commands of the family "services".
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace gup {

// utility: as the release utility in Python answers: bare names, variables in each container.
enum class ServicesForm : std::uint8_t { agent, utility };

struct ServicesRequest {
    ServicesForm form = ServicesForm::agent;
    std::vector<std::filesystem::path> files;  // of convert
    std::filesystem::path folder;              // that contains the stacks; empty: ./services
    std::vector<std::string> changed_files;    // each word or line is a path
    bool assumes_values_changed = false;
    std::vector<std::string> global_files;  // a change of one of them affects all stacks
    std::vector<std::string> affected;      // stacks: words
    std::filesystem::path output;           // of generate-units; empty: the folder of Quadlet
    std::filesystem::path units;            // the folder of units that others read; empty: the folder of Quadlet
    std::string target;                     // of somebody else, that containers are a part of
    std::optional<std::string> variables;   // JSON; nullopt: $VARS_JSON_STR
    std::vector<std::filesystem::path> env_files;
    std::vector<std::string> profiles;
    std::string deployed;               // compose services, with commas; empty or "all": all
    std::string podman_version;         // empty: of the machine's podman
    std::optional<std::string> prefix;  // of units and containers; nullopt: "STACK-"
    bool of_user = false;               // units and containers of this process's user
    std::string within_text;            // of restart: "60s"; empty: the default
    std::string action;                 // of manage-services: "restart" or "status"
    bool only_checks = false;           // of generate-units: write nothing
};

}  // namespace gup

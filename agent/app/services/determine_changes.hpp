// SPDX-License-Identifier: Apache-2.0
// services determine-changes: the stacks that changed files affect.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "app/cli/command_line.hpp"

namespace gup {

// What is known of one stack.
struct KnownStack {
    bool has_compose_file = false;
    std::set<std::string>
        inputs;  // paths in the repository that its compose files read; folders include what is in them
};

struct ChangeQuestion {
    std::string services;       // the folder of the stacks in the repository: "services"; empty: all of it
    std::string services_name;  // the folder's own name, which paths may begin with, too
    std::map<std::string, KnownStack> stacks;  // every folder in it
    std::vector<std::string> changed;          // as given
    std::set<std::string> global;              // paths in the repository
    bool assumes_values_changed = false;
    bool folders_are_enough = false;  // a folder without a compose file is a stack, too: as in the utility
};

struct AffectedStacks {
    std::map<std::string, std::string> reasons;  // by stack: "services/gw/compose.yaml changed"
    std::set<std::string> removed;               // affected ones that have no compose file any more
};
// Pure.
[[nodiscard]] AffectedStacks affected_stacks(const ChangeQuestion& question);

// A relative path without ".", "..", double slashes and a slash at its end. One that leads out of the repository stays.
[[nodiscard]] std::string plain_path(const std::string& path);

[[nodiscard]] ExitCode determine_changes_command(const CommandLine& line);

}  // namespace gup

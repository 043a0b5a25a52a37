// SPDX-License-Identifier: Apache-2.0
// Where a user's configuration of git is: files, and the environment of this process for its own user.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "source/gitconfig/config_text.hpp"
#include "util/sys/file.hpp"

namespace gup::git {

// A variable of the environment; nullopt: it is not set. An empty value is a value.
using ConfigVariable = std::function<std::optional<std::string>(const char* name)>;

// The process's variables for the home of its own user. None for another one: root's settings are not the owner's.
[[nodiscard]] ConfigVariable variables_for(const fs::path& home);

struct ConfigPlaces {
    fs::path home;                 // of "~/"
    fs::path folder;               // of the files attributes and ignore: ~/.config/git
    fs::path system;               // empty: none
    std::vector<fs::path> global;  // of the user, the stronger one last
    ConfigValues command;          // GIT_CONFIG_COUNT and GIT_CONFIG_PARAMETERS
};
// `system`: the file unless $GIT_CONFIG_SYSTEM names another. Fails with invalid_input for a malformed variable.
[[nodiscard]] Result<ConfigPlaces> find_config(const fs::path& home, const fs::path& system,
                                               const ConfigVariable& variable);

// The values of $GIT_CONFIG_PARAMETERS: 'key'='value' and 'key=value' in quotes of a shell.
[[nodiscard]] Result<ConfigValues> parse_config_parameters(const std::string& text);

}  // namespace gup::git

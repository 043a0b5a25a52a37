// SPDX-License-Identifier: Apache-2.0
// The text of one file of git's configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace gup::git {

enum class ConfigScope : std::uint8_t {
    user,  // the system's, too
    repository,
    repository_by_url,  // of a file that includeIf.hasconfig of the repository includes
    command,
};

struct ConfigValue {
    std::string name;                  // "section.Subsection.key": section and key in lower case
    std::optional<std::string> value;  // nullopt: a key without "=", which is true as a boolean
    std::string file;                  // or the variable
    int line = 0;                      // 0: not of a file
    ConfigScope scope = ConfigScope::user;

    // "/home/a/.gitconfig, line 7", for messages.
    [[nodiscard]] std::string place() const;
    [[nodiscard]] std::string text() const { return value.value_or(std::string()); }
};
using ConfigValues = std::vector<ConfigValue>;

// In their order, as git reads them; `file` is for messages. Fails with invalid_input (and Cause::git_config), naming
// file and line.
[[nodiscard]] Result<ConfigValues> parse_config_text(std::string_view text, const std::string& file);

// The error for a value that is not of its kind, or a file that cannot be read: "<place>: <reason>".
[[nodiscard]] Error config_error(const std::string& place, std::string_view reason);

// Git's booleans, without a value too; nullopt for everything else.
[[nodiscard]] std::optional<bool> boolean_of(const std::optional<std::string>& value);

// A text that parse_config_text reads as these values.
[[nodiscard]] std::string format_config_text(const ConfigValues& values);

}  // namespace gup::git

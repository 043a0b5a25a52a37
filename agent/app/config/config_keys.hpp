// SPDX-License-Identifier: Apache-2.0
// The table of configuration keys: one row per key, for the file and the environment.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/config/config.hpp"

namespace gup {

// A value from TOML or the environment. From the environment everything is text.
using ConfigValue = std::variant<std::string, std::int64_t, bool, std::vector<std::string>>;

struct ConfigKey {
    std::string_view name;    // "root", "run.delay", "python.create-venv"
    std::string_view wanted;  // for the error: "a duration such as \"20s\""
    // False for a wrong value. `folder` is the base of relative paths.
    bool (*set)(Config& config, const ConfigValue& value, const fs::path& folder);
    // Why `set` refused the value, if there is more to say; may be nullptr.
    Error (*explain)(const ConfigValue& value) = nullptr;
};

[[nodiscard]] const std::vector<ConfigKey>& config_keys();

// Several, or a single one. Fails with invalid_input.
[[nodiscard]] Result<std::vector<CronExpression>> cron_expressions_of(const ConfigValue& value);

// Names of units that a gupfile may restart, several or a single one, as full names. Fails with invalid_input.
[[nodiscard]] Result<std::vector<std::string>> services_of(const ConfigValue& value);

// Sets a value. A refused value leaves the configuration unchanged.
[[nodiscard]] bool set_config_key(const ConfigKey& key, Config& config, const ConfigValue& value,
                                  const fs::path& folder);

// The row of that name ('_' and '-' are the same); nullptr if there is none.
[[nodiscard]] const ConfigKey* find_config_key(std::string_view name);

// With '-' for '_'.
[[nodiscard]] std::string dashed(std::string_view name);

// "GUP_RUN_DELAY" for "run.delay".
[[nodiscard]] std::string environment_name(std::string_view key);

}  // namespace gup

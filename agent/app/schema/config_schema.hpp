// SPDX-License-Identifier: Apache-2.0
// The JSON schema (draft-07) of gup-agent.toml, for editors, from the tables that the configuration is read with.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace gup {

// It knows every key and its type. What only the agent can check, such as a cron expression, is any text.
[[nodiscard]] nlohmann::ordered_json config_schema();

// The type of a value, from the words that answer a wrong one: "a number from 0 to 20".
[[nodiscard]] nlohmann::ordered_json schema_of_wanted(std::string_view wanted);

}  // namespace gup

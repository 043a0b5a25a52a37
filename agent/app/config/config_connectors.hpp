// SPDX-License-Identifier: Apache-2.0
// [[connector]] tables of gup-agent.toml: the operator's settings for one connector.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config/config.hpp"
#include "app/config/config_keys.hpp"
#include "core/declaration/gupfile_pin.hpp"

namespace gup {

struct ConnectorRow {
    std::string key;
    std::optional<ConfigValue> value;  // empty: a type that no key has
    detail::Place place;               // in the file
};

struct ConnectorTable {
    std::vector<ConnectorRow> rows;
    detail::Place place;
};

// The keys, with the kind of their values in the words of ConfigKey::wanted.
struct ConnectorKeyWords {
    std::string_view name;
    std::string_view wanted;
};
[[nodiscard]] std::vector<ConnectorKeyWords> connector_key_words();

// Adds a problem at a place of the file.
void add_config_problem(LenientConfig& loaded, const detail::Place& place, const std::string& what,
                        const std::string& hint);

// Adds a problem that has no place in the file.
void add_general_problem(LenientConfig& loaded, Error error);

// Adds one table to loaded.config. Errors go to loaded.problems, with file, line and hint; the rest of the table is
// used. `folder`: the base of relative paths.
void read_connector(const ConnectorTable& table, const fs::path& folder, LenientConfig& loaded);

}  // namespace gup

// [[connector]] tables of gup-agent.toml: the operator's settings for one connector.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/config/config.hpp"
#include "app/config/config_keys.hpp"

namespace gup {

struct ConnectorRow {
    std::string key;
    std::optional<ConfigValue> value;  // empty: a type that no key has
    unsigned line = 0;                 // of the file
};

struct ConnectorTable {
    std::vector<ConnectorRow> rows;
    unsigned line = 0;
};

// Adds one table to loaded.config. Errors go to loaded.problems, with file, line and hint; the rest of the table is
// used. `folder`: the base of relative paths.
void read_connector(const ConnectorTable& table, const fs::path& folder, LenientConfig& loaded);

}  // namespace gup

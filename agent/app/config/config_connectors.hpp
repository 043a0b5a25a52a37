// [[connector]] tables of gup-agent.toml: what the operator says of one connector.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/config/config.hpp"
#include "app/config/config_keys.hpp"

namespace gup {

struct ConnectorRow {
    std::string key;
    std::optional<ConfigValue> value;  // empty: of a kind that no key has
    unsigned line = 0;                 // of the file
};

struct ConnectorTable {
    std::vector<ConnectorRow> rows;
    unsigned line = 0;
};

// Adds one table to loaded.config; what is wrong goes to loaded.problems, with file, line and hint, and the rest of the
// table counts. `folder`: what relative paths are relative to.
void read_connector(const ConnectorTable& table, const fs::path& folder, LenientConfig& loaded);

}  // namespace gup

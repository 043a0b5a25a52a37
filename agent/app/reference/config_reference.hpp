// SPDX-License-Identifier: Apache-2.0
// The keys of gup-agent.toml as a Markdown page, from the tables that the configuration is read with.
#pragma once

#include <string>

namespace gup {

// One heading for each key, with its type, default, environment variable and meaning. Ends with a line end.
[[nodiscard]] std::string config_reference();

}  // namespace gup

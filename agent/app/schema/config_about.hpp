// SPDX-License-Identifier: Apache-2.0
// What editors say about the keys of gup-agent.toml.
#pragma once

#include <string_view>

namespace gup {

struct ConfigAbout {
    std::string_view name;      // "run.delay"; of a [[connector]]: "connector.window"
    std::string_view text;      // one or two sentences
    std::string_view standard;  // the default, as JSON; empty: none, or another one for each machine
};

// Its texts are empty for an unknown key.
[[nodiscard]] ConfigAbout about_config_key(std::string_view name);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// The JSON schema (draft-07) of a gupfile in TOML, for editors, from the table that the parser reads with.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace gup {

// It refuses no gupfile that the agent accepts, except one with blanks around a word of a fixed list.
[[nodiscard]] nlohmann::ordered_json gupfile_schema();

}  // namespace gup

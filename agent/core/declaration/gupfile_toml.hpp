// SPDX-License-Identifier: Apache-2.0
// The TOML form of a gupfile.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/declaration/gupfile.hpp"
#include "core/declaration/gupfile_pin.hpp"

namespace gup::detail {

// Fills `gupfile` from the TOML form. `text` is valid UTF-8 without NUL and BOM.
void parse_toml_form(std::string_view text, Gupfile& gupfile);

// The places of its keys: "hooks.pre-update". Empty for a text that is not TOML.
[[nodiscard]] std::map<std::string, Place> places_of_keys(std::string_view text);

}  // namespace gup::detail

// The TOML form of a gupfile.
#pragma once

#include <string_view>

#include "core/declaration/gupfile.hpp"

namespace gup::detail {

// Fills `gupfile` from the TOML form. `text` is valid UTF-8 without NUL and BOM.
void parse_toml_form(std::string_view text, Gupfile& gupfile);

}  // namespace gup::detail

// SPDX-License-Identifier: Apache-2.0
// A pylock.toml (PEP 751).
#pragma once

#include <string>
#include <string_view>

#include "core/declaration/gupfile.hpp"

namespace gup {

// Reads the lock file `path` into `gupfile`: pins, index_options, environment, problems. Extras are not installed, the
// default groups are. The caller checks the hashes.
void read_pylock(std::string_view text, const std::string& path, const RequirementRules& rules, Gupfile& gupfile);

}  // namespace gup

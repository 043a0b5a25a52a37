// SPDX-License-Identifier: Apache-2.0
// The keys of a gupfile in TOML as a Markdown page, from the table that the parser reads with.
#pragma once

#include <string>

namespace gup {

// One heading for each key, with its type, an example and its meaning. Ends with a line end.
[[nodiscard]] std::string gupfile_reference();

}  // namespace gup

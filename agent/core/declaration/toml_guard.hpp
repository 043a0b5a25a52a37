// SPDX-License-Identifier: Apache-2.0
// Finds texts that toml++ 3.3 must not get: letters outside of ASCII where a key or a value is expected, table headers
// without a name, and a '}' where an array must be closed. They cause failed assertions or undefined behaviour instead
// of an error.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace gup {

struct TomlFlaw {
    int line = 0;           // from 1
    int column = 0;         // from 1, in bytes
    std::string_view what;  // "a table header without a name", …
};

// The first such place in `text` (UTF-8, without BOM); nullopt if toml++ may parse it. toml++ finds all other errors.
[[nodiscard]] std::optional<TomlFlaw> find_toml_flaw(std::string_view text);

}  // namespace gup

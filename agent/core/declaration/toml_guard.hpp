// What toml++ 3.3 must not be given: letters outside of ASCII where a key or a value is expected, table headers without
// a name, and a '}' where an array has to be closed. They run into its assertions, or into undefined behaviour, instead
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

// The first such place of `text` (UTF-8, without BOM); nullopt when toml++ may have it. Everything else that is wrong
// with a text is toml++'s to find.
[[nodiscard]] std::optional<TomlFlaw> find_toml_flaw(std::string_view text);

}  // namespace gup

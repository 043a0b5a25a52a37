// What a log line or a terminal may be given.
#pragma once

#include <string>
#include <string_view>

namespace gup {

// `line` with everything that a terminal or a reader of the log could take for more than text escaped: control
// characters (also those of C1) and bytes that are not UTF-8. Clean text comes back as it is.
[[nodiscard]] std::string printable(std::string_view line);

}  // namespace gup

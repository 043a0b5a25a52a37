// Text that is safe in a log line or on a terminal.
#pragma once

#include <string>
#include <string_view>

namespace gup {

// `line` with control characters (also those of C1) and bytes that are not UTF-8 escaped, so that a terminal or a log
// reader sees only text. Clean text is returned unchanged.
[[nodiscard]] std::string printable(std::string_view line);

}  // namespace gup

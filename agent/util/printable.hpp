// SPDX-License-Identifier: Apache-2.0
// Text that is safe in a log line or on a terminal.
#pragma once

#include <string>
#include <string_view>

namespace gup {

// `line` with all that is not text escaped, so that a terminal or a log reader shows what is there: control characters
// (also those of C1), invisible and bidirectional formatting (Unicode's category Cf), line and paragraph separators (Zl,
// Zp), and bytes that are not UTF-8. Clean text is returned unchanged.
[[nodiscard]] std::string printable(std::string_view line);

// A JSON text (RFC 8259) with the characters of Cf, Zl and Zp as \\u escapes: it means the same, and is one line for every
// reader. `json` is valid UTF-8, and outside of strings ASCII.
[[nodiscard]] std::string escape_formatting(std::string_view json);

}  // namespace gup

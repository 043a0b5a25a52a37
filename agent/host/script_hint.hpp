// SPDX-License-Identifier: Apache-2.0
// Why a script could not be started, from its first line.
#pragma once

#include <string>

#include "util/sys/file.hpp"

namespace gup {

// What to do about a program that the system refused to start: lines that end as on Windows, a byte order mark, no or a
// missing interpreter (which is named). Reads its first line only.
[[nodiscard]] std::string script_hint(const fs::path& program);
// The same for a program that was started and ended with 126 or 127; empty: its first line is not the cause.
[[nodiscard]] std::string script_hint_after(int exit_code, const fs::path& program);

}  // namespace gup

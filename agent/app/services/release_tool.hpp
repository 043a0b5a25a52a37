// SPDX-License-Identifier: Apache-2.0
// The program under the name of the release utility in Python: "release-tool".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/cli/command_line.hpp"

namespace gup {

// True when the program was called by that name, through a link or a copy.
[[nodiscard]] bool is_release_tool(const char* program);

struct ReleaseToolCall {
    std::vector<std::string> arguments;  // "gup-agent", "services", "determine-changes", …
    std::string text;                    // to show instead
    std::optional<ExitCode> exit;        // set with `text`
};
// From the utility's arguments, without the program's name.
[[nodiscard]] ReleaseToolCall release_tool_call(const std::vector<std::string>& words);

}  // namespace gup

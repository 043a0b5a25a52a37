// SPDX-License-Identifier: Apache-2.0
// Messages about the program's work on standard error.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "app/cli/command_line.hpp"
#include "core/report.hpp"
#include "util/result.hpp"

namespace gup {

// "gup-agent: cannot read …" and "hint: …", in colour and wrapped when standard error is a terminal.
// Between them `snippet`: the line of a file with the mistake, as it is.
void print_error(const CommandLine& line, const std::string& message, const std::string& hint,
                 const std::string& snippet = {});
// The document of an error: {event, schema, code, message, hint, exit_code}.
[[nodiscard]] nlohmann::json error_document(const Error& error, ExitCode code);
// "gup-agent: …" that is no error.
void print_remark(const CommandLine& line, const std::string& message);

}  // namespace gup

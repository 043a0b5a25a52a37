// SPDX-License-Identifier: Apache-2.0
// The lines of gup.log, with its rotated files.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/clock.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct LogLine {
    UnixTime time = 0;
    std::string connector;  // empty: the line is about none
    std::string text;       // the whole line
};

// Nullopt for a text that is no line of the log.
[[nodiscard]] std::optional<LogLine> parse_log_line(std::string_view line);

// The files that exist, the oldest first; the last one is `log` itself.
[[nodiscard]] std::vector<fs::path> log_files(const fs::path& log);

struct LogQuery {
    std::string connector;  // empty: all
    UnixTime since = 0;
    std::size_t lines = 100;  // at most so many, the last ones; 0: all
};
// In the order of the log. Lines that are no log lines belong to the one before. Fails when a file cannot be read.
[[nodiscard]] Result<std::vector<LogLine>> read_log(const fs::path& log, const LogQuery& query);

}  // namespace gup

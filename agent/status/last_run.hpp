// SPDX-License-Identifier: Apache-2.0
// The last run, read from gup.log: a night with nothing to do writes nothing else.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/clock.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct LastRun {
    UnixTime time = 0;
    std::string summary;             // "3 updated, 17 unchanged"
    std::vector<std::string> names;  // the connectors of the run; empty: all
    std::int64_t seconds = 0;        // that it took; 0: unknown, or less than the log tells
};

// The line that ends a run in the log. It tells how long a run took that took 5 seconds or more.
[[nodiscard]] std::string run_finished_message(const std::string& summary, const std::vector<std::string>& names,
                                               std::int64_t seconds = 0);

// The last such line of `log`, or of the rotated file before it; nullopt if there is none, or `log` is empty.
[[nodiscard]] std::optional<LastRun> read_last_run(const fs::path& log);
[[nodiscard]] std::optional<LastRun> find_last_run(std::string_view log_text);

}  // namespace gup

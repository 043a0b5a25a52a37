// SPDX-License-Identifier: Apache-2.0
// <state>/run.json: a run that is going on, so that the next start can tell that it ended without its end; and connectors
// whose worker died, which come last in the next run. It is written only when a run changes something or takes long.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "util/clock.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct RunMarker {
    UnixTime begun = 0;                   // 0: no run is going on
    std::vector<std::string> working_on;  // connectors that were not finished when it was written
    std::vector<std::string> last;        // connectors whose worker died
};

// Fails with corrupt, and as read_file; a missing file is an empty marker.
[[nodiscard]] Result<RunMarker> read_run_marker(const fs::path& state);
// An empty marker removes the file. Not flushed: a power cut may lose it.
[[nodiscard]] Status write_run_marker(const fs::path& state, const RunMarker& marker);
// "the run that began at … ended without its end, while it worked on a, b"; empty for a marker of no run.
[[nodiscard]] std::string describe_lost_run(const RunMarker& marker);

}  // namespace gup

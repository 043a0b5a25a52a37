// SPDX-License-Identifier: Apache-2.0
// `check`: the plan of a run, as far as it can be seen without changing anything.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "connector/settings.hpp"
#include "util/result.hpp"

namespace gup {

// What `check` says of one connector. It crosses the border between worker and agent.
struct CheckReport {
    enum class Kind : std::uint8_t { step, problem, note, nothing };
    struct Line {
        std::string subject;  // a connector, or a place in its gupfile
        std::string text;
        std::string hint;
        Kind kind = Kind::note;
    };
    std::string name;
    nlohmann::json document;  // for --json (docs/json.md)
    std::vector<Line> lines;  // the same for people
    bool has_steps = false;
    bool is_failed = false;
    bool is_unreachable = false;
    bool is_skipped = false;  // its code cannot be followed, and a person chose that
};

// In the order of the connectors. A stop request (util/sys/signals) ends it; then only those are there that were looked at
// before. Takes no lock. Fails with invalid_input for an unknown name or a missing root.
[[nodiscard]] Result<std::vector<CheckReport>> run_check(const UpdateSettings& settings,
                                                         const std::vector<std::string>& names,
                                                         const RunEvents& events);

}  // namespace gup

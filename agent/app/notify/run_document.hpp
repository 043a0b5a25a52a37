// SPDX-License-Identifier: Apache-2.0
// One run as JSON and as text, for programs and people who are told of it (docs/fleet.md). Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/report.hpp"
#include "util/clock.hpp"

namespace gup {

// failed: a connector failed, was blocked or was rolled back, or the run was interrupted.
enum class RunResult : std::uint8_t { unchanged, changed, failed };

[[nodiscard]] RunResult result_of(const RunReport& report);
// True for a connector that makes its run failed.
[[nodiscard]] bool is_failure(Outcome outcome) noexcept;
// "unchanged", "changed", "failed"
[[nodiscard]] std::string_view to_string(RunResult result) noexcept;

struct RunFacts {
    std::string gateway;  // the host's name
    std::string agent;    // this program's version
    std::string command;  // "run", "now"
    UnixTime started = 0;
    UnixTime ended = 0;
    ExitCode exit_code = ExitCode::success;
};

// The schema is that of docs/json.md; `event` is "run".
[[nodiscard]] nlohmann::json run_document(const RunFacts& facts, const RunReport& report);

// What a message about a document says. Control characters are replaced; the title is ASCII.
struct RunMessage {
    std::string title;  // "pi-17: 1 failed, 3 unchanged"
    std::string text;   // a line for each connector that changed or failed
    RunResult result = RunResult::unchanged;
};
// Members that are missing or of another type are empty: the document may be of another version.
[[nodiscard]] RunMessage message_of(const nlohmann::json& document);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
#include "app/command/run_lock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "connector/scan.hpp"
#include "core/declaration/nearest.hpp"
#include "doctor/machine.hpp"
#include "update/supervise/run.hpp"
#include "util/clock.hpp"

namespace gup {
namespace {

// "22:32" of today, "2026-11-29 22:32" of another day.
std::string start_text(std::int64_t age) {
    constexpr std::size_t day_size = 10;
    constexpr std::size_t minute_size = 16;
    const UnixTime now = system_clock().now();
    std::string start = format_time(now - age);
    if (start.substr(0, day_size) == format_time(now).substr(0, day_size)) {
        return start.substr(day_size + 1, minute_size - day_size - 1);
    }
    start[day_size] = ' ';
    return start.substr(0, minute_size);
}

}  // namespace

Result<FileLock> take_turn_lock(const UpdateSettings& settings) {
    auto lock = take_run_lock(settings);
    if (lock.ok()) return lock;
    return busy_as_text(lock.error(), settings.state / "lock", "another run");
}

Error busy_as_text(const Error& error, const fs::path& lock, std::string_view what) {
    if (error.code != ErrorCode::busy) return error;
    std::string message = fmt::format("{} is active", what);
    const int pid = lock_holder(lock).value_or(0);
    if (pid > 0) message += fmt::format(": process {}", pid);
    if (const auto facts = pid > 0 ? process_facts(pid) : std::nullopt) {
        message += fmt::format(", since {}", start_text(facts->age));
    }
    return {ErrorCode::busy, message, "wait for its end; gup-agent status shows how the connectors are"};
}

std::string nearest_connector(const std::string& name, const Config& config) {
    const Scan scan = scan_root(config.update).value_or({});
    std::vector<std::string_view> known;
    for (const Connector& one : scan.connectors) known.emplace_back(one.name);
    return std::find(known.begin(), known.end(), name) != known.end() ? std::string{} : nearest(name, known);
}

Error with_near_name(const Error& error, const std::string& name, const Config& config) {
    const std::string near = error.code == ErrorCode::busy ? std::string{} : nearest_connector(name, config);
    if (near.empty()) return error;
    return {error.code, error.message, fmt::format("did you mean {}?", near), error.cause};
}

}  // namespace gup

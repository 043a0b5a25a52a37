// SPDX-License-Identifier: Apache-2.0
#include "update/status_store.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "status/history.hpp"
#include "status/last_run.hpp"
#include "update/worker_messages.hpp"
#include "util/log/log.hpp"
#include "util/worker/worker.hpp"

namespace gup {

fs::path status_file(const UpdateSettings& settings) {
    return settings.state / "status.json";
}

// An unreadable document must not block updates.
StatusDocument known_status(const UpdateSettings& settings) {
    auto status = read_status(status_file(settings));
    if (!status.ok()) {
        log::warning({}, status.error().message);
        return {};
    }
    // Nights without news are not in the document, and the last of them may be the last success.
    const auto last_run = read_last_run(settings.log);
    for (ConnectorStatus& entry : status->connectors) {
        if (succeeded(entry)) entry.last_success = std::max(entry.last_success, last_seen(entry, last_run));
    }
    return *std::move(status);
}

bool save_status(const UpdateSettings& settings, const StatusDocument& before, const RunReport& report,
                 Coverage coverage) {
    if (in_worker()) return ask_agent_to("status", run_message(report)).ok();
    const StatusDocument after = merge_status(before, report, coverage, system_clock().now());
    if (same_status(before, after)) return false;
    if (auto status = write_status(status_file(settings), after); !status.ok()) {
        log::error({}, fmt::format("cannot write the status document: {}", status.error().message));
    }
    const auto news = history_of_run(before, after, report, settings.started_by, system_clock().now());
    if (auto status = add_history(settings.state, news); !status.ok()) {
        log::error({}, fmt::format("cannot write the history: {}", status.error().message));
    }
    return true;
}

}  // namespace gup

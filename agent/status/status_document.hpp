// SPDX-License-Identifier: Apache-2.0
// The status document in <state>/status.json, which `status` shows. A run without news does not write it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/report.hpp"
#include "status/last_run.hpp"
#include "util/clock.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct ConnectorStatus {
    ConnectorReport report;
    UnixTime since = 0;         // when this outcome was first seen
    UnixTime last_success = 0;  // when it was last unchanged or updated; 0: never

    friend bool operator==(const ConnectorStatus&, const ConnectorStatus&) = default;
};

struct StatusDocument {
    std::vector<ConnectorStatus> connectors;  // sorted by name

    // Nullptr if there is none of that name.
    [[nodiscard]] const ConnectorStatus* find(const std::string& name) const;
};

// True for a success: unchanged or updated.
[[nodiscard]] bool succeeded(const ConnectorStatus& status) noexcept;

// True while a rollback is the last word: the connector does not run what its source declares, because that was rolled back.
[[nodiscard]] bool is_rolled_back(const ConnectorReport& report);

// True when `now` only skips what `before` tells as rolled back, in whatever words. That is no news.
[[nodiscard]] bool is_same_rollback(const ConnectorReport& before, const ConnectorReport& now);

// When this outcome was last seen. A run without news does not write the document, so the log may have a later time.
[[nodiscard]] UnixTime last_seen(const ConnectorStatus& status, const std::optional<LastRun>& last_run);

// Empty when the file is missing. Fails with corrupt when it is not a status document.
[[nodiscard]] Result<StatusDocument> read_status(const fs::path& file);
[[nodiscard]] Status write_status(const fs::path& file, const StatusDocument& document);

enum class Coverage : bool { some_connectors, all_connectors };

// The document after a run. Connectors that an all_connectors run did not see are dropped. An entry changes only when
// there is news: another outcome, reason, commit, pin; "unchanged" after "updated" is none.
[[nodiscard]] StatusDocument merge_status(const StatusDocument& before, const RunReport& run, Coverage coverage,
                                          UnixTime now);

[[nodiscard]] bool same_status(const StatusDocument& a, const StatusDocument& b);

}  // namespace gup

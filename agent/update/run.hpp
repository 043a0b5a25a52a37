// One run over all connectors: lock, recover, observe all at once, then update.
#pragma once

#include <string>
#include <vector>

#include "connector/observe.hpp"
#include "connector/settings.hpp"
#include "core/report.hpp"
#include "status/status_document.hpp"
#include "update/decide.hpp"
#include "util/sys/lock.hpp"

namespace gup {

// The path of the status document.
[[nodiscard]] fs::path status_file(const UpdateSettings& settings);

// Writes the news of `report` compared with `before`, the current document. Returns whether there were any; logs a
// failed write.
bool save_status(const UpdateSettings& settings, const StatusDocument& before, const RunReport& report,
                 Coverage coverage);

// The lock of every command that changes something. Fails with busy when another run has it.
[[nodiscard]] Result<FileLock> take_run_lock(const UpdateSettings& settings);

// Brings the named connectors (all when empty) to what git and their gupfiles say, and writes status.json when there is
// news. Fails with invalid_input for an unknown name or a missing root; the report has the failures of connectors. Only
// under the lock.
[[nodiscard]] Result<RunReport> run_update(const UpdateSettings& settings, const std::vector<std::string>& names,
                                           const RunEvents& events);

// Finishes or undoes interrupted transactions. Only under the lock.
[[nodiscard]] RunReport run_recover(const UpdateSettings& settings, const RunEvents& events);

// The plan of run_update. Changes nothing, takes no lock.
struct Preview {
    Observation observation;
    Decision decision;
};
[[nodiscard]] Result<std::vector<Preview>> run_check(const UpdateSettings& settings,
                                                     const std::vector<std::string>& names, const RunEvents& events);

}  // namespace gup

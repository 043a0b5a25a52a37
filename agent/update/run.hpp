// One run over all connectors: lock, recover, observe at once, then change one after another.
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

// The status document's place.
[[nodiscard]] fs::path status_file(const UpdateSettings& settings);

// Writes what `report` brought that `before`, the document as it is, does not have. Whether there was any such; that it
// cannot be written is said in the log.
bool save_status(const UpdateSettings& settings, const StatusDocument& before, const RunReport& report,
                 Coverage coverage);

// The lock that every command takes that changes something. Fails with busy when another run holds it.
[[nodiscard]] Result<FileLock> take_run_lock(const UpdateSettings& settings);

// Brings the named connectors (all when empty) to what git and their gupfiles say, and writes status.json when there is
// news. Fails with invalid_input for a name or a root that is not there; what goes wrong with a connector is in the
// report. Only under the lock.
[[nodiscard]] Result<RunReport> run_update(const UpdateSettings& settings, const std::vector<std::string>& names,
                                           const RunEvents& events);

// Finishes or undoes what crashes left. Only under the lock.
[[nodiscard]] RunReport run_recover(const UpdateSettings& settings, const RunEvents& events);

// What run_update would do. Changes nothing, takes no lock.
struct Preview {
    Observation observation;
    Decision decision;
};
[[nodiscard]] Result<std::vector<Preview>> run_check(const UpdateSettings& settings,
                                                     const std::vector<std::string>& names, const RunEvents& events);

}  // namespace gup

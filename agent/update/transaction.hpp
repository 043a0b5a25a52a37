// Moving a connector's code under the journal: wholly, or not at all.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/journal_record.hpp"
#include "source/git.hpp"
#include "update/journal.hpp"
#include "update/observe.hpp"
#include "update/settings.hpp"

namespace gup {

// "2026-11-21_02_00-main-e9b167f": when, which branch, which commit.
[[nodiscard]] std::string transaction_id(UnixTime time, const std::string& branch, const std::string& commit);

// Starts a transaction that only adds to a repository (a fetch): after a crash its lock files and partial packs are
// removed. Whoever starts it ends it, whatever came of the act. Only while acting as the connector's owner.
[[nodiscard]] Result<Journal> begin_repository_change(const Observation& observation, const fs::path& state);

// Fast-forwards the work tree (unless `step` is empty) and brings the submodules along. On failure everything that was
// moved is put back. Only while acting as the connector's owner. Fails with conflict, nothing touched, when local work
// is in the way.
[[nodiscard]] Status move_code(const Observation& observation, const std::optional<FastForward>& step,
                               const UpdateSettings& settings, const RunEvents& events);

// Makes the virtualenv at `path`, under the journal: after a crash it is removed, since one that is half made looks
// like a whole one. Only while acting as the connector's owner. Fails with conflict when something is there.
[[nodiscard]] Status make_environment(const Observation& observation, const std::string& path,
                                      const UpdateSettings& settings);

// Undoes or finishes what the journal of `connector` says. Missing folder: the journal is closed, with a warning in the
// log. Fails when the work tree holds somebody's changes since (conflict), or the journal is not ours (unsupported,
// corrupt): the journal stays then, and the connector is left alone.
struct Recovered {
    std::vector<std::string> actions;  // for people
};
[[nodiscard]] Result<Recovered> recover_connector(const UpdateSettings& settings, const std::string& connector);

}  // namespace gup

// What all transactions of a connector have in common: their id, the journal of a fetch, and recovery. What is moved
// under one is update/pair_transaction's.
#pragma once

#include <string>
#include <vector>

#include "connector/observe.hpp"
#include "connector/settings.hpp"
#include "core/journal_format.hpp"
#include "source/git/repository.hpp"
#include "transaction/journal.hpp"

namespace gup {

// "2026-11-21_02_00-main-e9b167f": when, which branch, which commit.
[[nodiscard]] std::string transaction_id(UnixTime time, const std::string& branch, const std::string& commit);

// Starts a transaction that only adds to a repository (a fetch): after a crash its lock files and partial packs are
// removed. Whoever starts it ends it, whatever came of the act. Only while acting as the connector's owner.
[[nodiscard]] Result<Journal> begin_repository_change(const Observation& observation, const fs::path& state);

// Undoes or finishes what the journal of `connector` says, and sweeps what is left of generations. Missing folder: the
// work tree is forgotten, with a warning in the log. Fails when the work tree holds somebody's changes since
// (conflict), or the journal is not ours (unsupported, corrupt): the journal stays then, and the connector is left
// alone.
struct Recovered {
    std::vector<std::string> actions;  // for people
};
[[nodiscard]] Result<Recovered> recover_connector(const UpdateSettings& settings, const std::string& connector);

// The same when there is a journal, with a line in the log for each action.
[[nodiscard]] Status recover_if_needed(const UpdateSettings& settings, const std::string& connector);

}  // namespace gup

// SPDX-License-Identifier: Apache-2.0
// Changes of one connector under its journal. Each change is written as a step (transaction/steps) before it is made.
// After a failure the caller rolls back; after a crash recovery does (transaction/recovery):
//
//   begin → steps → commit → end      (what follows the commit is only cleaning up)
//   begin → steps → roll_back → end
//
// The destructor leaves the journal for recovery.
#pragma once

#include <string>
#include <vector>

#include "connector/layout.hpp"
#include "core/journal_format.hpp"
#include "host/elevated_fs.hpp"
#include "host/podman/podman.hpp"
#include "host/units/unit_folder.hpp"
#include "source/git/repository.hpp"
#include "transaction/folder_exchange.hpp"
#include "transaction/journal.hpp"
#include "transaction/steps.hpp"
#include "util/clock.hpp"

namespace gup {

// "2026-11-21_02_00-main-e9b167f": when, which branch, which commit.
[[nodiscard]] std::string transaction_id(UnixTime time, const std::string& branch, const std::string& commit);

struct TransactionPlace {
    fs::path state;  // the agent's own, with the journal
    std::string connector;
    Owner owner;
    GitUser user;                    // for work trees
    std::vector<fs::path> shared{};  // folders in which the agent helps an owner who may not write there
    fs::path flushed{};              // its file system is flushed before the commit; empty: the caller flushes
    Systemd systemd{};               // for units of stacks
    Podman podman{};
};
// Of a connector in root: the agent helps in root and its .pyenv, and nowhere else.
[[nodiscard]] TransactionPlace place_in_root(const fs::path& state, const ConnectorLayout& site);

// Every call as the connector's owner.
class Transaction {
public:
    // Fails as Journal::begin does.
    [[nodiscard]] static Result<Transaction> begin(TransactionPlace place, std::string id);
    // With an id that says when and what for: "adopt", "install".
    [[nodiscard]] static Result<Transaction> begin_now(TransactionPlace place, const std::string& what);

    // An empty folder of the owner's. Fails with conflict when something is there.
    [[nodiscard]] Status create_folder(const fs::path& path);
    // Folders from `top` (which is there) down to `path`, as far as there are none.
    [[nodiscard]] Status create_parents(const fs::path& path, const fs::path& top);
    // `path` becomes a link to `to`, with one rename; empty: it is removed. Fails with conflict when something else than
    // a link is there.
    [[nodiscard]] Status link(const fs::path& path, const std::string& to);
    // Fails with conflict when something is at `to`.
    [[nodiscard]] Status rename(const fs::path& path, const fs::path& to);
    // The last step of all: once `path` is called `to`, nothing is undone any more.
    [[nodiscard]] Status publish(const fs::path& path, const fs::path& to);
    // The folder or file `path` moves to `to`, where nothing is, and a link to `text` takes its place, in one step.
    [[nodiscard]] Status replace_by_link(const fs::path& path, const fs::path& to, const std::string& text);
    // The folder or file `from` takes the place of the link `path`, in one step; the link is removed then.
    [[nodiscard]] Status replace_link(const fs::path& path, const fs::path& from);
    // A plain folder and its next content, which is complete and flushed. After the commit the old one is removed.
    [[nodiscard]] Status exchange(const FolderExchange& folders);
    // Replaces a generation.json. Not rolled back: it does not say which release is active.
    [[nodiscard]] Status rewrite_record(const fs::path& folder, const Generation& generation);
    // Trusts a host key from now on. Nothing happens when the file has the line already.
    [[nodiscard]] Status trust_host_key(const fs::path& file, const std::string& line);
    // Removes the folder for good, also when the transaction is rolled back.
    [[nodiscard]] Status remove_folder(const fs::path& path);

    // Steps that the caller makes next. A folder with all that is in it, or a file; fails with conflict when something is
    // there.
    [[nodiscard]] Status log_folder(const fs::path& path);
    [[nodiscard]] Status log_file(const fs::path& path);
    // The same for a folder that may be there, left of a removal that failed.
    [[nodiscard]] Status log_next(const fs::path& path);
    // A change of a repository; the second also of its index, which has no lock now.
    [[nodiscard]] Status log_git(const fs::path& path);
    [[nodiscard]] Status log_git_index(const fs::path& path);
    // A move of a work tree, and a restart of a service.
    [[nodiscard]] Status log_checkout(const WorkTreeMove& move);
    [[nodiscard]] Status log_restart(const std::string& unit, const std::string& boot_id);
    // The same for a unit of the owner's own manager.
    [[nodiscard]] Status log_user_restart(const std::string& unit, const std::string& boot_id);
    // The folder of its units gets the staged content, whose record has the SHA-256 `record`.
    [[nodiscard]] Status exchange_units(const UnitFolder& folder, const std::string& record);
    // systemd is to read its units again, also when this is undone.
    [[nodiscard]] Status log_reload(const UnitFolder& folder);
    // A network of podman that units make again when they start.
    [[nodiscard]] Status log_network(const UnitFolder& folder, const std::string& name);
    // Units of the next content, which are started after the exchange.
    [[nodiscard]] Status log_start(const UnitFolder& folder, const std::vector<std::string>& units);

    // Everything is as it is to be. Removes what only the way back needed.
    [[nodiscard]] Status commit();
    // Undoes all steps. Fails when one cannot be undone: then the journal must stay for recovery.
    [[nodiscard]] Status roll_back();
    // Removes the journal.
    void end();
    // roll_back and end, for a caller that failed. Returns `cause`, with what could not be rolled back.
    [[nodiscard]] Error fail(Error cause);

    [[nodiscard]] bool has_steps() const { return !record_.steps.empty(); }

private:
    Transaction(TransactionPlace place, JournalRecord record, Journal journal)
        : place_(std::move(place)), record_(std::move(record)), journal_(std::move(journal)) {}
    [[nodiscard]] Elevated elevation_at(const fs::path& path) const;
    [[nodiscard]] Status log(const char* kind, const fs::path& path, std::map<std::string, std::string> values = {});
    [[nodiscard]] Status log(JournalStep step);
    [[nodiscard]] UndoContext undo_context() const;

    TransactionPlace place_;
    JournalRecord record_;
    Journal journal_;
};

}  // namespace gup

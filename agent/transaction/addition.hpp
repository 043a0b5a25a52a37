// A connector that is being added: its places, each journalled before it is made, and taking everything back.
//
//   pin_host_key file line         <state>/known_hosts gets a line
//   add_connector path uid gid     the temporary folder beside the connector's
//   add_virtualenv path uid gid   its virtualenv; `parent`: the folder around it, if that was made as well
//   publish path to                everything is in place; what is left is one rename of `path`
#pragma once

#include <string>
#include <vector>

#include "connector/settings.hpp"
#include "core/journal_format.hpp"
#include "host/owner.hpp"
#include "transaction/journal.hpp"
#include "util/sys/file.hpp"

namespace gup {

class Addition {
public:
    // Starts the transaction. Fails as Journal::begin does.
    [[nodiscard]] static Result<Addition> begin(const fs::path& state, const std::string& connector, Owner owner);

    // Trusts a host key from now on.
    [[nodiscard]] Status pin(const fs::path& known_hosts, const std::string& line);
    // An empty folder of the owner's, hidden from scan, from which `target` is to be made. Only he can enter it.
    [[nodiscard]] Status make_folder(const fs::path& target);
    // An empty folder of the owner's for the virtualenv.
    [[nodiscard]] Status make_virtualenv_folder(const fs::path& path);
    // The last step: flushes, and renames. Fails with conflict when something is at `target` by now.
    [[nodiscard]] Status publish();
    // After a failure: `cause`, and what could not be taken back said as well; then the journal stays.
    [[nodiscard]] Error undo(Error cause);

    [[nodiscard]] const Owner& owner() const noexcept { return owner_; }
    // The temporary folder.
    [[nodiscard]] const fs::path& folder() const noexcept { return folder_; }

private:
    Addition(JournalRecord record, Journal journal, Owner owner)
        : record_(std::move(record)), journal_(std::move(journal)), owner_(std::move(owner)) {}
    [[nodiscard]] Status note(JournalStep step);

    JournalRecord record_;
    Journal journal_;
    Owner owner_;
    fs::path folder_;
    fs::path target_;
    std::uint32_t mode_ = 0;  // that `target_` is to have
};

// Whether a journal is of an addition.
[[nodiscard]] bool is_addition(const JournalRecord& record);

// Takes back what the journal says, unless the last rename had been done. Returns what was done, for people. As this
// process's own user. Fails when something cannot be removed; to be called again then.
[[nodiscard]] Result<std::vector<std::string>> undo_addition(const JournalRecord& record);

}  // namespace gup

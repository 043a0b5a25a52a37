// Changes to a connector's releases under its journal. Each step is journalled before it is made, and taken back in
// reverse by a failure or by the next start; undoing is idempotent, it goes by what is there.
//
//   release_folder path                a new folder: removed with all that is in it
//   release_file path                  a new file: removed
//   release_record path                generation.json in that folder is about to be replaced: the temporary file is
//                                      removed
//   release_repository path            the repository of a work tree is about to change: locks of a crash removed
//   release_around path                a folder around something: removed when it is empty
//   release_move path to               a rename: renamed back
//   release_link path from to          the link `path` leads to `from` ("": there is none) and is to lead to `to` ("":
//                                      it is to go)
//   release_exchange folder link to    a folder and a link (which leads to `to`, and is made for this when `made` is
//                                      "yes") change places
//   release_beside path                the next content of a local folder, beside it: removed
//   release_local …                    a local folder and what is beside it change places (update/local_folder); after
//                                      the commit the old one is removed
//
// Every step has the owner's uid and gid, and `help` "yes" when it is of an entry of root's folder or its .pyenv, where
// the owner may not be allowed to write.
#pragma once

#include <string>
#include <vector>

#include "connector/layout.hpp"
#include "core/journal_format.hpp"
#include "deploy/mirror/mirror.hpp"
#include "transaction/journal.hpp"

namespace gup {

// Only while acting as the site's owner; entries of root's folder and its .pyenv are made for him where he may not
// (update/owner_folder), and nothing else is.
class ReleaseTransaction {
public:
    // Fails as Journal::begin does.
    [[nodiscard]] static Result<ReleaseTransaction> begin(const fs::path& state, const ConnectorLayout& site,
                                                          const std::string& what);

    // An empty folder of the owner's. Fails when something is there.
    [[nodiscard]] Status make_folder(const fs::path& path);
    // The same, for what somebody else makes next: a folder with all that is in it, or a file.
    [[nodiscard]] Status log_folder(const fs::path& path);
    [[nodiscard]] Status log_file(const fs::path& path);
    // Its generation.json, which stays if the transaction is undone: it says nothing of what is switched.
    [[nodiscard]] Status replace_record(const Generation& release);
    // The repository of `work_tree`, in which no lock is, is about to change.
    [[nodiscard]] Status note_repository(const fs::path& work_tree);
    // Folders from `top` (which is there) down to `path`, as far as there are none.
    [[nodiscard]] Status create_parents(const fs::path& path, const fs::path& top);
    // Fails with conflict when something is at `to`. Both folders are the owner's.
    [[nodiscard]] Status move(const fs::path& path, const fs::path& to);
    // `path` becomes a link to `to`, with one rename; empty: it goes. Fails with conflict when something is there that
    // is no link.
    [[nodiscard]] Status switch_to(const fs::path& path, const std::string& to);
    // The folder or file `path` moves to `to`, where nothing is, and a link to `text` takes its place, in one step.
    [[nodiscard]] Status replace_by_link(const fs::path& path, const fs::path& to, const std::string& text);
    // The folder or file `from` takes the place of the link `path`, in one step; the link is gone then.
    [[nodiscard]] Status replace_link(const fs::path& path, const fs::path& from);

    // The next content of a local folder, whole and flushed, beside it; then the two change places. The first returns
    // what make_mirror does.
    [[nodiscard]] Result<std::vector<std::string>> stage_local(Mirror& local, std::uint64_t reserve);
    [[nodiscard]] Status switch_local(const Mirror& local);

    // The folder goes for good, whatever comes of the transaction.
    [[nodiscard]] Status remove_folder(const fs::path& path);

    // Everything is as it is to be: flushes what was written, and ends the journal.
    [[nodiscard]] Status commit();
    // After a failure: `cause`, and what could not be taken back said as well; then the journal stays.
    [[nodiscard]] Error undo(Error cause);
    // The two halves of it, for who does something in between.
    [[nodiscard]] Status roll_back();
    void end();

    // A line for recovery after a crash alone: undo does nothing about it.
    [[nodiscard]] Status note(const JournalStep& step);

private:
    ReleaseTransaction(JournalRecord record, Journal journal, const ConnectorLayout& site)
        : record_(std::move(record)),
          journal_(std::move(journal)),
          owner_(site.owner),
          folder_(site.folder),
          root_(site.link.parent_path()) {}
    [[nodiscard]] Status note(const char* kind, const fs::path& path, std::map<std::string, std::string> values);

    JournalRecord record_;
    Journal journal_;
    Owner owner_;
    fs::path folder_;  // for the flush
    fs::path root_;    // where the owner may need help
};

// Whether a journal is of such a change.
[[nodiscard]] bool is_release_change(const JournalRecord& record);

// Takes back what an interrupted one did, or removes what one that was committed does not need any more. Returns what
// was done, for people. As this process's own user.
[[nodiscard]] Result<std::vector<std::string>> undo_release_change(const JournalRecord& record);

}  // namespace gup

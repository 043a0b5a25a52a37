// SPDX-License-Identifier: Apache-2.0
// A plain folder outside of root that mirrors the enabled release ([[connector]] local): for programs that know one
// path and follow no link.
//
// Its next content is made next to it (.<name>.gup-<id>), whole and flushed, and takes its place in one step. A file
// that stays as it was is the same file (a hard link to the one that was there, never to the release). Files that are no
// release's are kept: hard links too, and what appears until the old folder is removed is moved over. The plain folder
// gets neither the repository's own files nor .venv and generation.json; links to persisted files are absolute. A program
// that works in it sees the old folder until it is restarted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "transaction/transaction.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// Paths that somebody had changed. What was a person's own work is never lost without a word.
struct LocalChanges {
    std::vector<std::string> replaced;  // by the file of the release
    std::vector<std::string> removed;   // a file of the release before, which the new one does not have
    std::vector<std::string> kept;      // the same of repo-deploy's last version
};

struct Mirror {
    fs::path path;                     // the path that programs know
    fs::path next;                     // its next content, and after activation the old one
    fs::path release;                  // the release to mirror
    fs::path before;                   // the release before, or what repo-deploy left of its last version; empty: none
    std::vector<std::string> carried;  // paths of files that are not the release's, as make_next_content linked them
};

// Makes the next content, under the journal. Returns what make_next_content does.
[[nodiscard]] Result<LocalChanges> stage_mirror(Transaction& transaction, Mirror& local, std::uint64_t reserve);
// Hard links to changed files in a new folder next to the plain one, so that they are not lost when the release is copied
// again. Returns that folder; empty: there was nothing to keep.
[[nodiscard]] Result<fs::path> keep_changed(const Mirror& local, const std::vector<std::string>& paths);
// The next content takes its place. What was removed from the old one meanwhile is removed here, too.
[[nodiscard]] Status switch_mirror(Transaction& transaction, const Mirror& local);

}  // namespace gup

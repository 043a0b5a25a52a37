// The journals on disk: <state>/journal/<connector>, one transaction at a time, every line fsynced. One file per
// connector, so that a failed recovery does not affect other connectors.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/journal_format.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// Writes one transaction. The descriptor stays open, so it also works while the thread acts as a connector's owner.
class Journal {
public:
    // Starts a transaction. Fails with conflict if there is an unfinished one: recover first.
    [[nodiscard]] static Result<Journal> begin(const fs::path& state, const std::string& id,
                                               const std::string& connector);

    // The one that a crash left, to go on with undoing it. A torn last line is cut off.
    [[nodiscard]] static Result<Journal> reopen(const fs::path& state, const std::string& connector);

    [[nodiscard]] Status step(const JournalStep& step);
    [[nodiscard]] Status commit();
    // One more step is undone, for good. When the disk is full nothing is noted: then a crash repeats the undoing.
    void note_undone();
    // Ends the transaction and removes the file, which needs no space on the disk.
    [[nodiscard]] Status end();

private:
    Journal(fs::path path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
    [[nodiscard]] Status append(std::string_view line);

    fs::path path_;
    UniqueFd fd_;
    bool notes_undone_ = true;
};

// The connectors that have a journal, sorted. Usually empty.
[[nodiscard]] std::vector<std::string> journals(const fs::path& state);
// The transaction that a crash left unfinished; nullopt if there is none. Fails as parse_journal does.
[[nodiscard]] Result<std::optional<JournalRecord>> read_unfinished(const fs::path& state, const std::string& connector);
// After recovery.
[[nodiscard]] Status close_journal(const fs::path& state, const std::string& connector);

}  // namespace gup
